import type { ComparedSide, ComparisonPolicy, RealmPolicy } from '../../core/policy.ts'
import { DAY_MS } from '../../core/time.ts'
import type { Entry } from '../entry.ts'
import { evidenceOf, type Indicator, type IndicatorContext, type IndicatorOf, NOTHING, perMille } from './indicator.ts'
import { createQuietTime } from './quiet-time.ts'

/** Longest text of a side that a measure repeats. */
const SHOWN = 40
const EVIDENCE_OF_A_SIDE = 2
const NO_TURNS: readonly number[] = []

/** What one side says at a tick. */
interface Said {
  readonly text: string
  readonly number: number
  readonly entries: readonly Entry[]
  /** When it became known; what says it stands until `until` if nothing else comes. */
  readonly since: number
  readonly until: number
}

/** Names of the facts that comparisons read: the fold keeps them of every observation. */
export function comparedFacts({ comparisons = [] }: RealmPolicy): string[] {
  return comparisons.flatMap(({ left, right }) => [left.fact, right.fact].filter((fact) => fact !== undefined))
}

/**
 * Data comparison (数据比对): what two feeds say of the enterprise contradicts each other, and has done so for longer
 * than `graceDays`, which both need to be brought up to date. A side that says nothing contradicts nobody: what is
 * missing is a state of its own. Evidence are observations of both sides, the left one's first. A ratio grows with the
 * distance from its bound, full at twice or at nothing of it; other rules are broken or not. Facts: those that the
 * comparison names (kept by `comparedFacts`).
 */
export function createContradiction(
  policy: IndicatorOf<'contradiction'>,
  { realm, calendar }: IndicatorContext,
): Indicator {
  const comparison = realm.comparisons?.find(({ id }) => id === policy.comparison)
  if (comparison === undefined) {
    throw new RangeError(`indicator ${policy.id} names an unknown comparison ${policy.comparison}`)
  }
  const standing = createQuietTime(policy.workingDays === true ? calendar : undefined)
  const graceMs = policy.graceDays * DAY_MS
  return {
    policy,
    selections: [comparison.left.select, comparison.right.select],
    read({ tick }, [leftEntries = [], rightEntries = []]) {
      const left = hear(comparison.left, leftEntries, tick, Number.NEGATIVE_INFINITY)
      if (left === undefined) return NOTHING
      const after = comparison.rule === 'never-both' && comparison.rightLater === true ? left.since : undefined
      const right = hear(comparison.right, rightEntries, tick, after ?? Number.NEGATIVE_INFINITY)
      if (right === undefined) return { ...NOTHING, until: left.until }
      const until = Math.min(left.until, right.until)
      const intensity = contradict(comparison, left, right)
      if (intensity === 0) return { ...NOTHING, until }
      const since = Math.max(left.since, right.since)
      if (standing.passed(since, tick, NO_TURNS) <= graceMs) {
        return { ...NOTHING, until: Math.min(until, standing.reaches(since, tick, graceMs + 1, NO_TURNS)) }
      }
      return {
        intensity,
        measure: `${left.text.slice(0, SHOWN)} / ${right.text.slice(0, SHOWN)}`,
        evidence: [left, right].flatMap(({ entries }) => evidenceOf(entries).slice(0, EVIDENCE_OF_A_SIDE)),
        until,
      }
    },
  }
}

/** What a side says out of facts that became known after `after`; `undefined` where it says nothing or does not hold. */
function hear(side: ComparedSide, entries: readonly Entry[], tick: number, after: number): Said | undefined {
  const keptMs = side.days === undefined ? Number.POSITIVE_INFINITY : side.days * DAY_MS
  const read = (entry: Entry) => (side.fact === undefined ? entry.value : (entry.facts?.[side.fact] ?? '').trim())
  const heard = entries.filter((entry) => {
    if (entry.known <= after || tick - entry.known > keptMs) return false
    const value = read(entry)
    return (side.take === 'count' && side.fact === undefined) || (value !== null && value !== '')
  })
  const speaking = side.take === undefined || side.take === 'newest' ? heard.slice(-1) : heard
  const [first, last] = [speaking[0], speaking.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const until = first.known + keptMs + 1
  const number = take(
    side.take,
    speaking.map((entry) => Number(read(entry))),
  )
  const text = speaking.length === 1 && side.take !== 'count' ? String(read(last)) : String(number)
  if (side.among !== undefined && !side.among.includes(text)) return undefined
  if (side.atLeast !== undefined && !(number >= side.atLeast)) return undefined
  if (side.atMost !== undefined && !(number <= side.atMost)) return undefined
  return { text, number, entries: speaking, since: last.known, until }
}

function take(how: ComparedSide['take'], numbers: readonly number[]): number {
  switch (how) {
    case 'count':
      return numbers.length
    case 'sum':
      return numbers.reduce((sum, number) => sum + number, 0)
    case 'largest':
      return Math.max(...numbers)
    default:
      return numbers[0] ?? Number.NaN
  }
}

/** 0 where the two go together. */
function contradict(comparison: ComparisonPolicy, left: Said, right: Said): number {
  switch (comparison.rule) {
    case 'agree':
      return sameText(left.text) === sameText(right.text) ? 0 : 1000
    case 'never-both':
      return 1000
    case 'ratio': {
      const { least = 0, most = Number.POSITIVE_INFINITY } = comparison
      const [low, high] = [(right.number * least) / 1000, (right.number * most) / 1000]
      if (left.number > high) return Math.max(100, perMille(left.number - high, high))
      if (left.number < low) return Math.max(100, perMille(low - left.number, low))
      return 0
    }
  }
}

/** Full-width forms, case, blanks and punctuation tell nothing apart: `１２号` is `12号`. */
function sameText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{P}]/gu, '')
}
