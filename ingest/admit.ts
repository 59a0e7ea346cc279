import type { Observation } from '../core/observation.ts'
import { splitSubjects } from './bindings/subjects.ts'
import type { CompiledFeed, KeptRow } from './mapping/compile-feed.ts'
import type { Head, Held, Mark } from './record-index.ts'

/** What becomes of a row that could be mapped; a row that could not is a reject. */
export type Admission =
  | { readonly outcome: 'duplicate' }
  | {
      readonly outcome: 'new' | 'version'
      /** The row's own observations. */
      readonly observations: readonly Observation[]
      /** What the row or its successor takes back, as observations with `gone` 1. */
      readonly gone: readonly Observation[]
      readonly marks: readonly Mark[]
      /** The record's newest version from now on. */
      readonly head: Head
    }

/** Bits of a head: the policy's parts in its order, so parts may be appended to a policy but not be moved. */
const MOST_PARTS = 32

/**
 * Decides about rows of one feed. The same content of a record is a duplicate, another content a version, whatever its
 * order: the newest of all versions holds in the end, in whatever order they come. For that, each version takes back
 * what the newest before it had and it has not (also from another subject, when a record was about the wrong one), and
 * a version that comes after its successor is taken back at once as far as the successor has nothing in its place, and
 * takes back in turn whatever it has not itself.
 * Errors: `RangeError` for a policy of more than 32 parts.
 */
export function createAdmission(feed: CompiledFeed): (kept: KeptRow, held: Held) => Admission {
  const parts = [...new Set(feed.policy.observations.map(({ part }) => part))]
  if (parts.length > MOST_PARTS) throw new RangeError(`${feed.policy.feed}: at most ${MOST_PARTS} parts`)
  const bitOf = new Map(parts.map((part, i) => [part, 2 ** i]))
  const everyPart = 2 ** parts.length - 1
  const name = feed.policy.feed

  function headOf({ content, version, subject, observations }: KeptRow): Head {
    let had = 0
    let known = 0
    for (const observation of observations) {
      known = Math.max(known, observation.known)
      if (observation.gone === 0) had |= bitOf.get(observation.part) ?? 0
    }
    return { content, version, known, parts: had >>> 0, subject }
  }

  /** Tombstones of the parts in `bits`, dated and ordered by the version that takes them back. */
  function tombstones(kept: KeptRow, bits: number, subject: string, by: Head): Observation[] {
    if (bits === 0) return []
    const done = new Set<string>()
    const gone: Observation[] = []
    for (const template of [...kept.observations, ...feed.goneParts(kept)]) {
      if (((bitOf.get(template.part) ?? 0) & bits) === 0 || done.has(template.part)) continue
      done.add(template.part)
      const { version, content, known } = by
      gone.push({ ...template, subject, version, content, known, value: null, facts: {}, gone: 1 })
    }
    return gone
  }

  /** What `of` had and `other` has not, under each of its subjects. */
  function takenBack(kept: KeptRow, of: Head, other: Head, by: Head): Observation[] {
    const others = splitSubjects(other.subject)
    return splitSubjects(of.subject).flatMap((subject) =>
      tombstones(kept, others.includes(subject) ? of.parts & ~other.parts : of.parts, subject, by),
    )
  }

  return function admit(kept, held) {
    if (held === 'same') return { outcome: 'duplicate' }
    const { record } = kept
    const own = headOf(kept)
    const observations = kept.observations.filter(({ gone }) => gone === 0)
    if (held === undefined) {
      return { outcome: 'new', observations, gone: [], marks: [{ feed: name, record, head: own }], head: own }
    }
    if (isNewer(own, held)) {
      const gone = takenBack(kept, held, own, own)
      const marks = [
        { feed: name, record, other: held.content },
        { feed: name, record, head: own },
      ]
      return { outcome: 'version', observations, gone, marks, head: own }
    }
    const successor = { ...held, known: Math.max(held.known, own.known) }
    const taken = takenBack(kept, own, held, successor)
    // A version before this one may have had what it has not, which then ends here: only the newest one's parts are known.
    const ended = splitSubjects(own.subject).flatMap((subject) =>
      tombstones(kept, everyPart & ~own.parts, subject, own),
    )
    const marks = [{ feed: name, record, other: own.content }]
    return { outcome: 'version', observations, gone: [...ended, ...taken], marks, head: held }
  }
}

function isNewer(left: Head, right: Head): boolean {
  return left.version === right.version ? left.content > right.content : left.version > right.version
}

/** What is held of records once the rows before have been admitted, though the index has not heard of them yet. */
export interface Overlay {
  held(record: string, content: string, looked: Held): Held
  admitted(record: string, content: string, head: Head): void
}

export function createOverlay(): Overlay {
  /** Nearly every record comes once: its content is the first, and there are no others. */
  const records = new Map<string, { head: Head; readonly first: string; others: string[] | undefined }>()
  return {
    held(record, content, looked) {
      const known = records.get(record)
      if (known === undefined || looked === 'same') return looked
      return known.first === content || known.others?.includes(content) === true ? 'same' : known.head
    },
    admitted(record, content, head) {
      const known = records.get(record)
      if (known === undefined) {
        records.set(record, { head, first: content, others: undefined })
        return
      }
      known.head = head
      if (known.others === undefined) known.others = [content]
      else known.others.push(content)
    },
  }
}
