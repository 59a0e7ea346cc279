import type { ObservationKind } from '../../core/observation.ts'
import { matcher, type Selectable } from '../../core/selection.ts'
import type { OtherDisplay } from './other-display.ts'
import {
  civilDayOf,
  displayPeriod,
  monthsAfter,
  type RepairRuleSet,
  type RepairRules,
  ruleSetFor,
  type Severity,
  severityUnder,
} from './rule-set.ts'

/** What the rules look at; times are UTC ms. */
export interface DisplayedRecord {
  /** Absent of repairs opened before it was kept: those are of penalties. */
  readonly shown: Selectable | undefined
  /** The date of the document. */
  readonly dated: number
  readonly severity: Severity
  readonly causes: readonly string[]
}

/** What the rules of an instant say of a record's display. */
export interface DisplayTerms {
  readonly set: RepairRuleSet
  /** The rule set by its id, with the display in it where it is no penalty's; `/stated` where the record itself says when it ends. */
  readonly rules: string
  readonly provisional: boolean
  /** Whether the record still counts once its display has ended. */
  readonly used: boolean
  /** Such records are normally not shown at all. */
  readonly shown: boolean
  /** There is something that a repair could take back. */
  readonly repairable: boolean
  /** From when a repair may be asked for. */
  readonly earliest: number
  /** How long whoever is asked to repair it has for an answer. */
  readonly answer: RepairRuleSet['answer']
  /** When display ends by itself; Infinity where somebody has to take the record back. */
  readonly latest: number
}

/** Which records of the history may have come to their end. */
export interface DisplayReach {
  /** Those of these kinds whose document is at least so many months old. */
  readonly kinds: readonly ObservationKind[]
  readonly months: number
  /** Those of these kinds that say in one of these facts that it is over. */
  readonly statingKinds: readonly ObservationKind[]
  readonly facts: readonly string[]
}

const INSTANT = /^\d{1,15}$/

export function isOfDay({ datedFrom = '', datedBefore = '9' }: OtherDisplay, day: string): boolean {
  return datedFrom <= day && day < datedBefore
}

export function compileDisplayTerms(
  rules: RepairRules,
  zoneOffsetMinutes: number,
): (record: DisplayedRecord, at: number) => DisplayTerms {
  const others = rules.sets.flatMap((set) => set.others ?? [])
  const matches = new Map<OtherDisplay, (shown: Selectable) => boolean>(
    others.map((other) => [other, matcher(other.select)]),
  )

  function ofPenalty(set: RepairRuleSet, { dated, severity, causes, shown }: DisplayedRecord): DisplayTerms {
    const judged = severityUnder(set, severity, causes)
    const { earliest, latest } = displayPeriod(set, judged, dated, zoneOffsetMinutes)
    const stated = statedEnd(shown, set.penaltyUntil, earliest)
    return {
      ...{ set, provisional: set.provisional, used: set.useAfterMaximum, shown: set.periods[judged].shown },
      ...{ answer: set.answer, repairable: true, earliest, ...sooner(set.id, latest, stated) },
    }
  }

  function ofOther(set: RepairRuleSet, other: OtherDisplay, { dated, shown }: DisplayedRecord): DisplayTerms {
    const { minMonths, maxMonths, untilFact, useAfterMaximum: used = set.useAfterMaximum, answer = set.answer } = other
    const earliest = monthsAfter(dated, minMonths ?? 0, zoneOffsetMinutes)
    const latest = maxMonths === undefined ? Number.POSITIVE_INFINITY : monthsAfter(dated, maxMonths, zoneOffsetMinutes)
    const stated = statedEnd(shown, untilFact, earliest)
    return {
      ...{ set, provisional: set.provisional || other.provisional, used, shown: true },
      ...{ answer, repairable: minMonths !== undefined, earliest, ...sooner(`${set.id}/${other.id}`, latest, stated) },
    }
  }

  return (record, at) => {
    const { shown, dated } = record
    const set = ruleSetFor(rules, { dated, requested: at }, zoneOffsetMinutes)
    if (shown === undefined || shown.kind === 'penalty') return ofPenalty(set, record)
    const day = civilDayOf(dated, zoneOffsetMinutes)
    const other = set.others?.find((one) => matches.get(one)?.(shown) === true && isOfDay(one, day))
    if (other !== undefined) return ofOther(set, other, record)
    // What no rule names may be repaired as a penalty is, and is shown until somebody takes it back.
    return { ...ofPenalty(set, record), shown: true, rules: set.id, latest: Number.POSITIVE_INFINITY }
  }
}

/** No record has come to its end that is not within this reach, whatever rules hold. */
export function displayReach({ sets }: Pick<RepairRules, 'sets'>): DisplayReach {
  const others = sets.flatMap((set) => set.others ?? [])
  const lasting = others.filter(({ maxMonths }) => maxMonths !== undefined)
  const stating = others.filter(({ untilFact }) => untilFact !== undefined)
  const penalties = sets.flatMap(({ periods }) => Object.values(periods)).filter(({ shown }) => shown)
  const stated = sets.flatMap(({ penaltyUntil }) => penaltyUntil ?? [])
  return {
    kinds: ['penalty', ...lasting.flatMap(({ select }) => select.kinds)],
    months: Math.min(...[...penalties, ...lasting].map(({ maxMonths = 120 }) => maxMonths)),
    statingKinds: [
      ...(stated.length > 0 ? (['penalty'] as const) : []),
      ...stating.flatMap(({ select }) => select.kinds),
    ],
    facts: [...new Set([...stated, ...stating.flatMap(({ untilFact }) => untilFact ?? [])])],
  }
}

/** Facts that what rules say of a record depends on. */
export function factsRead({ sets }: RepairRules): ReadonlySet<string> {
  const selecting = sets.flatMap(({ others = [] }) => others.flatMap(({ select }) => Object.keys(select.facts ?? {})))
  const emptied = sets.flatMap(({ others = [] }) => others.flatMap(({ takeOff }) => takeOff?.fact ?? []))
  return new Set([...selecting, ...emptied, ...displayReach({ sets }).facts])
}

/** A day that a record names is shown to its last millisecond. */
function statedEnd(shown: Selectable | undefined, fact: string | undefined, earliest: number): number | undefined {
  const text = fact === undefined ? undefined : shown?.facts[fact]
  if (text === undefined || !INSTANT.test(text)) return undefined
  return Math.max(Number(text) + 1, earliest)
}

function sooner(rules: string, latest: number, stated: number | undefined): Pick<DisplayTerms, 'rules' | 'latest'> {
  return stated !== undefined && stated < latest ? { rules: `${rules}/stated`, latest: stated } : { rules, latest }
}
