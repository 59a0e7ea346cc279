import type { Observation } from '../core/observation.ts'
import { splitSubjects } from './bindings/subjects.ts'
import type { CompiledFeed, KeptRow } from './mapping/compile-feed.ts'
import { partBits } from './mapping/part-bits.ts'
import { isPacked, type PackedRow, unpackRow } from './packed-row.ts'
import type { Head, Held, Mark } from './record-index.ts'

/** What becomes of a row that could be mapped; a row that could not is a reject. */
export type Admission =
  | { readonly outcome: 'duplicate' }
  /** Its own observations go into the log. */
  | {
      readonly outcome: 'new' | 'version'
      /** What the row or its successor takes back, as observations with `gone` 1. */
      readonly gone: readonly Observation[]
      readonly marks: readonly Mark[]
      /** The record's newest version from now on. */
      readonly head: Head
    }

const DUPLICATE: Admission = { outcome: 'duplicate' }
const NONE: readonly never[] = []

/**
 * Decides about rows of one feed. The same content of a record is a duplicate, another content a version, whatever its
 * order: the newest of all versions holds in the end, in whatever order they come. For that, each version takes back
 * what the newest before it had and it has not (also from another subject, when a record was about the wrong one), and
 * a version that comes after its successor is taken back at once as far as the successor has nothing in its place, and
 * takes back in turn whatever it has not itself.
 */
export function createAdmission(feed: CompiledFeed): (row: KeptRow | PackedRow, held: Held) => Admission {
  const bitOf = partBits(feed.policy)
  const everyPart = 2 ** bitOf.size - 1
  const name = feed.policy.feed

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

  return function admit(row, held) {
    if (held === 'same') return DUPLICATE
    const { record } = row
    if (held === undefined) {
      return { outcome: 'new', gone: NONE, marks: [{ feed: name, record, head: row }], head: row }
    }
    const own = isPacked(row) ? unpackRow(row) : row
    if (isNewer(own, held)) {
      const gone = takenBack(own, held, own, own)
      const marks = [
        { feed: name, record, other: held.content },
        { feed: name, record, head: own },
      ]
      return { outcome: 'version', gone, marks, head: own }
    }
    const successor = { ...held, known: Math.max(held.known, own.known) }
    const taken = takenBack(own, own, held, successor)
    // A version before this one may have had what it has not, which then ends here: only the newest one's parts are known.
    const ended = splitSubjects(own.subject).flatMap((subject) => tombstones(own, everyPart & ~own.parts, subject, own))
    const marks = [{ feed: name, record, other: own.content }]
    return { outcome: 'version', gone: [...ended, ...taken], marks, head: held }
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
  const heads = new Map<string, Head>()
  /** Contents that are not the newest; nearly every record comes once and has none. */
  const others = new Set<string>()
  return {
    held(record, content, looked) {
      const head = heads.get(record)
      if (head === undefined || looked === 'same') return looked
      return head.content === content || others.has(record + content) ? 'same' : head
    },
    admitted(record, content, head) {
      const before = heads.get(record)
      if (before !== undefined) others.add(record + before.content)
      if (head.content !== content) others.add(record + content)
      heads.set(record, head)
    },
  }
}
