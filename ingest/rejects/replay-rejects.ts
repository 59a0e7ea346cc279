import { Refusal } from '../../core/errors.ts'
import { fullHash, shortHash } from '../../core/hash.ts'
import { type Reject, type RejectState, UNBOUND_REASONS } from '../../core/reject.ts'
import type { Clock } from '../../core/time.ts'
import { isPlace } from '../bindings/binding-page.ts'
import type { Counts, RejectedLine } from '../counts.ts'
import { underSubjects } from '../identity/aliases.ts'
import { type Arrival, createOccurrences, decideArrivals, mapArrival } from '../ingest-batch.ts'
import type { Exclusive, RealmIntake } from '../intake-port.ts'
import { lookUpArrivals } from '../look-ahead.ts'
import type { CompiledFeed } from '../mapping/compile-feed.ts'
import { BY_NUMBER } from '../mapping/subject.ts'
import { createOutgoing, hearingOutgoing } from '../outgoing.ts'
import type { Head, RecordIndex } from '../record-index.ts'
import type { References } from '../references.ts'
import type { Sealer } from '../sealed-bytes.ts'
import { CLAIMED, DONE, endedBefore, markOf, stateBatch } from './ended.ts'
import { formatOf, isFile, rowsOf, type WholeBytes, wholeOf } from './reject-bytes.ts'

export interface ReplayOrder {
  readonly reject: Reject
  /** The mended file; what was kept, where absent. */
  readonly mended?: WholeBytes
  /** The enterprise that the steward decided it is about, where nobody else could tell. */
  readonly as?: string
}

export type ReplayOutcome =
  | { readonly outcome: 'replayed'; readonly counts: Counts }
  | { readonly outcome: 'already-replayed'; readonly by: string; readonly at: number }
  /** It cannot be accepted yet; it stays as it was. */
  | { readonly outcome: 'rejected'; readonly rejected: readonly RejectedLine[] }
  /** A replay with other bytes was cut off half-way: only those bytes may finish it. */
  | { readonly outcome: 'other-bytes'; readonly by: string; readonly at: number }

export interface ReplayParts {
  readonly realm: string
  readonly feeds: ReadonlyMap<string, CompiledFeed>
  readonly intake: Pick<RealmIntake, 'exclusively'>
  readonly index: Pick<RecordIndex, 'lookUp' | 'commit' | 'isOneStore'>
  readonly references: References
  readonly sealer: Sealer
  readonly clock: Clock
}

export interface ReplayManner {
  readonly by: string
  /**
   * `whole`: a reject is replayed if all its rows are accepted; one that is a file, if any of them is. `parked`: what is bound is taken in, and what cannot be
   * accepted for another reason is a reject of its own.
   */
  readonly manner: 'whole' | 'parked'
}

interface Attempt {
  readonly order: ReplayOrder
  readonly whole: WholeBytes
  readonly arrival: Arrival
}

/**
 * Takes rejected rows in after all, and says in the log that they were: rows, state and the mark that forbids a second
 * time are one commit. Where log and index are two stores the bytes are claimed first, so that a replay which was cut
 * off can only be finished with the same bytes, whose rows every fold knows by their ids.
 * Errors: `Retryable`, after which the same may be asked again.
 */
export function replayRejects(
  parts: ReplayParts,
  orders: readonly ReplayOrder[],
  { by, manner }: ReplayManner,
): Promise<readonly ReplayOutcome[]> {
  const { realm, index, references, sealer, clock } = parts
  return parts.intake.exclusively(async (): Promise<Exclusive<readonly ReplayOutcome[]>> => {
    const now = clock.now()
    const ended = await endedBefore(parts, orders)
    const outcomes: (ReplayOutcome | undefined)[] = orders.map(({ reject }) => saidBefore(ended.get(reject.id)))
    const attempts = new Map<number, Attempt>()
    orders.forEach((order, i) => {
      if (outcomes[i] !== undefined) return
      try {
        attempts.set(i, attempt(parts, order, now))
      } catch (error) {
        // One that cannot be opened or read any more keeps no others from being taken in.
        if (!(error instanceof Refusal)) throw error
        const { line } = order.reject
        outcomes[i] = { outcome: 'rejected', rejected: [{ line, reason: 'unreadable-line', hint: error.text }] }
      }
    })
    for (const [i, { order, whole }] of attempts) {
      const claim = ended.get(order.reject.id)
      if (claim === undefined || claim.content === shortHash(whole)) continue
      outcomes[i] = { outcome: 'other-bytes', by: claim.subject, at: claim.known }
      attempts.delete(i)
    }

    const places = [...attempts.keys()]
    const resolved = await references.resolve([...attempts.values()].map(({ arrival }) => arrival))
    const ready: { readonly place: number; readonly arrival: Arrival; readonly whole: WholeBytes }[] = []
    for (const [n, arrival] of resolved.entries()) {
      const place = places[n] ?? -1
      const { order, whole } = attempts.get(place) ?? {}
      if (order === undefined || whole === undefined) throw new Error('an arrival that nobody asked for')
      const decided = asDecided(arrival, order.as === undefined ? undefined : references.aliases.current(order.as))
      const faults = await faultsOf(decided, index)
      const parked = faults.some(({ reason }) => UNBOUND_REASONS.has(reason))
      // Of a file that can be read now, rows that cannot be used are rejects of their own.
      const isRead = isFile(order.reject) && faults.length < decided.rows.length
      if (faults.length === 0 || isRead || (manner === 'parked' && !parked))
        ready.push({ place, arrival: decided, whole })
      else outcomes[place] = { outcome: 'rejected', rejected: faults }
    }
    if (ready.length === 0) return { result: settled(outcomes) }

    const states = ready.map(({ place, whole }) => stateOf(orders[place]?.reject, by, now, fullHash(whole)))
    const marks = states.map((state, n) => markOf(state, shortHash(ready[n]?.whole ?? ''), DONE))
    if (!index.isOneStore) {
      const claims = states.map((state, n) => markOf(state, shortHash(ready[n]?.whole ?? ''), CLAIMED))
      await index.commit({ realm, batches: [], marks: claims, notes: {} })
    }
    const outgoing = createOutgoing(realm)
    const heard: Parameters<References['learn']>[0][number][] = []
    // What is rejected again, of a frame with several rows, is another reject than the one that ends.
    const arrivals = ready.map(({ arrival }) => ({ ...arrival, source: `${arrival.source} replayed` }))
    const teaching = arrivals.some(({ feed }) => references.teaches(feed.policy.feed))
    const looked = await lookUpArrivals(arrivals, index)
    const decided = decideArrivals(
      arrivals,
      looked.map((held) => ({ held, since: [] })),
      teaching ? hearingOutgoing(outgoing, heard) : outgoing,
      sealer,
    )
    decided.receipts.forEach(({ counts }, n) => {
      outcomes[ready[n]?.place ?? -1] = { outcome: 'replayed', counts }
    })
    const books = await references.learn(heard, now)
    const batches = [...outgoing.batches([]), stateBatch(realm, states)]
    return { commit: { batches, marks: [...decided.marks, ...marks], books }, result: settled(outcomes) }
  })
}

function saidBefore(head: Head | undefined): ReplayOutcome | undefined {
  if (head === undefined || head.version !== DONE) return undefined
  return { outcome: 'already-replayed', by: head.subject, at: head.known }
}

function attempt({ realm, feeds, sealer }: ReplayParts, order: ReplayOrder, received: number): Attempt {
  const { reject, mended } = order
  const feed = feeds.get(reject.feed)
  if (feed === undefined) throw new Error(`there is no feed ${reject.feed} any more`)
  // Read as what it is not, it would be taken in as nonsense; and of a large one only the beginning is kept.
  if (reject.reason === 'wrong-content' && mended === undefined) {
    throw new Refusal({
      zh: '内容与声明不符的文件须用 --with 给出改正后的文件',
      en: 'A file that is not what it was said to be is replayed with the right one: --with FILE',
    })
  }
  const whole = mended ?? wholeOf(sealer.open(reject.id, reject.sealed), reject)
  const rows = rowsOf(feed.policy, whole, reject)
  const shared = { realm, feed, source: reject.source, received, bulk: false, occurrence: createOccurrences() }
  const arrival = mapArrival({ ...shared, rows, reading: { format: formatOf(reject), encoding: 'utf-8' } })
  return { order, whole, arrival }
}

/** A row that nobody could tell the subject of, under the one that the steward decided on. */
function asDecided(arrival: Arrival, as: string | undefined): Arrival {
  if (as === undefined) return arrival
  const context = { source: arrival.source, received: arrival.received, occurrence: createOccurrences() }
  const mapped = arrival.mapped.map((before, i): Arrival['mapped'][number] => {
    const row = arrival.rows[i]
    const reason = before.rejected?.reason ?? ''
    const isOpen = reason === 'needs-review' || UNBOUND_REASONS.has(reason)
    if (row?.fields === undefined || !isOpen) return before
    const { kept } = arrival.feed.mapRow(row, context)
    if (kept === undefined) return before
    return { kept: underSubjects(kept, [as], filedFacts(kept.subject)) }
  })
  return { ...arrival, mapped }
}

function filedFacts(subject: string): Readonly<Record<string, string>> {
  if (subject.startsWith(BY_NUMBER)) return { filedNumber: subject }
  return isPlace(subject) ? { filedPlace: subject } : {}
}

async function faultsOf(arrival: Arrival, index: Pick<RecordIndex, 'lookUp'>): Promise<readonly RejectedLine[]> {
  const { realm, feed, rows, mapped } = arrival
  if (rows.length === 0) return [{ line: 0, reason: 'unreadable-line', hint: { zh: '没有记录', en: 'no record' } }]
  const faults: RejectedLine[] = []
  for (const [i, { rejected }] of mapped.entries()) {
    if (rejected === undefined) continue
    // What takes a known record back is no fault.
    const { emptied } = rejected
    const [held] = emptied === undefined ? [] : await index.lookUp(realm, feed.policy.feed, [emptied])
    if (held === undefined) faults.push({ line: rows[i]?.line ?? 0, reason: rejected.reason, hint: rejected.hint })
  }
  return faults
}

function stateOf(reject: Reject | undefined, by: string, at: number, bytes: string): RejectState {
  if (reject === undefined) throw new Error('a replay without its reject')
  const { realm, feed, id } = reject
  return { state: 'replayed', realm, feed, id, by, at, bytes }
}

function settled(outcomes: readonly (ReplayOutcome | undefined)[]): readonly ReplayOutcome[] {
  return outcomes.map((outcome) => {
    if (outcome === undefined) throw new Error('a reject without an outcome')
    return outcome
  })
}
