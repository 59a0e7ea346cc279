import { folded } from '../core/bilingual.ts'
import type { Reject } from '../core/reject.ts'
import { type Admission, createAdmission, createOverlay, type Overlay } from './admit.ts'
import { type Counts, createTally, type RejectedLine } from './counts.ts'
import { detectEncoding } from './decode/detect-encoding.ts'
import type { Row, RowOptions } from './decode/row.ts'
import { encodingOf } from './decode/row-reader.ts'
import type { CompiledFeed, KeptRow, Mapped, RowContext, RowRejection } from './mapping/compile-feed.ts'
import type { Outgoing } from './outgoing.ts'
import { isPacked, type PackedRow, type PackRow } from './packed-row.ts'
import type { Held, Mark } from './record-index.ts'
import { rejectRow } from './reject-row.ts'
import type { Sealer } from './sealed-bytes.ts'

/** Rows of one feed that came together: a request, a part of one, a message. */
export interface Arrival {
  readonly realm: string
  readonly feed: CompiledFeed
  readonly source: string
  /** A row that is packed needs nothing more of what it was. */
  readonly rows: readonly (Row | undefined)[]
  readonly mapped: readonly (Mapped | PackedRow)[]
  /** UTC milliseconds. */
  readonly received: number
  /** History: nothing of it is published before it is sealed. */
  readonly bulk: boolean
  /** How its rows were read, where not as the feed's policy says: a reject is read again so. */
  readonly reading?: RowReading | undefined
}

export type RowReading = Pick<RowOptions, 'format' | 'encoding'>

export interface ArrivalReceipt {
  readonly counts: Counts
  readonly rejected: readonly RejectedLine[]
  /** The latest `known` of what was admitted, UTC ms; 0 where nothing was. */
  readonly known: number
}

/** Rows of records that nobody had heard of before. */
export type FreshRows = readonly (KeptRow | PackedRow)[]

export interface RowsToMap {
  readonly realm: string
  readonly feed: CompiledFeed
  readonly source: string
  readonly rows: readonly Row[]
  readonly received: number
  readonly bulk: boolean
  readonly reading?: RowReading | undefined
  /** How often a content came before in the same source; see `createOccurrences`. */
  readonly occurrence: (content: string) => number
}

/**
 * The part that needs neither index nor log, so that it can run while an earlier append is under way. With `pack`, what is
 * kept is packed at once, so that it can wait while all else of its row is forgotten; only where nothing has to be resolved
 * first.
 */
export function mapArrival(arriving: RowsToMap, pack?: PackRow): Arrival {
  const { realm, feed, source, rows, received, bulk, reading, occurrence } = arriving
  const left: (Row | undefined)[] = []
  const mapped: (Mapped | PackedRow)[] = []
  let context: RowContext = { source, received, occurrence }
  for (const row of rows) {
    const from = row.source ?? source
    if (from !== context.source) context = { source: from, received, occurrence }
    const each: Mapped =
      row.fields === undefined ? { rejected: { reason: row.error, hint: row.hint } } : feed.mapRow(row, context)
    const packed = each.kept === undefined ? undefined : pack?.(each.kept)
    left.push(packed === undefined ? row : undefined)
    mapped.push(packed ?? each)
  }
  return { realm, feed, source, rows: left, mapped, received, bulk, reading }
}

/** Counts equal contents within one source: tells rows without a key apart. */
export function createOccurrences(): (content: string) => number {
  // Feeds with a key never ask.
  let seen: Map<string, number> | undefined
  return (content) => {
    seen ??= new Map()
    const before = seen.get(content) ?? 0
    seen.set(content, before + 1)
    return before
  }
}

export interface Decided {
  /** Aligned with the arrivals; whoever waits for a receipt may keep it, so that it holds no rows. */
  readonly receipts: readonly ArrivalReceipt[]
  /** Aligned with the arrivals. */
  readonly fresh: readonly FreshRows[]
  readonly marks: readonly Mark[]
  readonly overlays: Overlays
}

/** What is held of an arrival's rows: what the index knew when it was asked, and what may have been decided since. */
export interface Looked {
  /** Aligned with the rows. */
  readonly held: readonly Held[]
  /** Oldest first. */
  readonly since: readonly Overlays[]
}

/** What was admitted in one group, by feed's name: a policy and the one that replaces it know the same records. */
export type Overlays = ReadonlyMap<string, Overlay>

/** Decides about all rows in order, by what is held of them, and hands what comes of it to `outgoing`; nothing is written yet. */
export function decideArrivals(
  arrivals: readonly Arrival[],
  looked: readonly Looked[],
  outgoing: Outgoing,
  sealer: Sealer,
): Decided {
  const admissions = new Map<CompiledFeed, ReturnType<typeof createAdmission>>()
  const overlays = new Map<string, Overlay>()
  const marks: Mark[] = []
  const fresh = arrivals.map((): (KeptRow | PackedRow)[] => [])
  const receipts = arrivals.map((arrival, i) => {
    const { feed } = arrival
    const admit = admissions.get(feed) ?? createAdmission(feed)
    admissions.set(feed, admit)
    const overlay = overlays.get(feed.policy.feed) ?? createOverlay()
    overlays.set(feed.policy.feed, overlay)
    const { held, since } = looked[i] ?? { held: [], since: [] }
    const earlier = since.flatMap((each) => each.get(feed.policy.feed) ?? [])
    return decideArrival(
      arrival,
      held,
      { admit, overlays: [...earlier, overlay], overlay },
      { outgoing, marks, fresh: fresh[i] ?? [], sealer },
    )
  })
  return { receipts, fresh, marks, overlays }
}

/** One feed's admission within one group of arrivals. */
interface Desk {
  readonly admit: ReturnType<typeof createAdmission>
  /** What the index may not have known, oldest first; the last is the group's own. */
  readonly overlays: readonly Overlay[]
  readonly overlay: Overlay
}

interface Sinks {
  readonly outgoing: Outgoing
  readonly marks: Mark[]
  readonly fresh: (KeptRow | PackedRow)[]
  readonly sealer: Sealer
}

function decideArrival(arrival: Arrival, looked: readonly Held[], desk: Desk, sinks: Sinks): ArrivalReceipt {
  const { admit, overlays, overlay } = desk
  const { outgoing, marks, fresh, sealer } = sinks
  const tally = createTally()
  const rejected: RejectedLine[] = []
  let known = 0

  arrival.mapped.forEach((mapped, i) => {
    const record = recordOf(mapped)
    let held: Held
    if (record !== undefined) {
      held = looked[i]
      for (const each of overlays) held = each.held(record.record, record.content, held)
    }
    const rejection = rejectionOf(mapped, held !== undefined)
    if (rejection !== undefined) {
      const row = arrival.rows[i]
      if (row === undefined) throw new Error('a rejected row without its bytes')
      outgoing.reject(toReject(arrival, row, rejection, sealer))
      rejected.push({ line: row.line, reason: rejection.reason, hint: rejection.hint })
      tally.line('rejects')
    } else if (record !== undefined) {
      const admission = admit(record, held)
      tally.line(OUTCOME_OF[admission.outcome])
      if (admission.outcome === 'duplicate') return
      if (admission.outcome === 'new') fresh.push(record)
      observeRow(record, outgoing, arrival.bulk)
      for (const observation of admission.gone) outgoing.observe(observation, arrival.bulk)
      marks.push(...admission.marks)
      overlay.admitted(record.record, record.content, admission.head)
      known = Math.max(known, record.known)
    }
  })
  return { counts: tally.total(arrival.rows.length), rejected, known }
}

function observeRow(row: KeptRow | PackedRow, outgoing: Outgoing, bulk: boolean): void {
  if (isPacked(row)) outgoing.append(row.subject, row.lines, bulk)
  else for (const observation of row.observations) if (observation.gone === 0) outgoing.observe(observation, bulk)
}

const OUTCOME_OF = { new: 'observations', version: 'versions', duplicate: 'duplicates' } as const satisfies Record<
  Admission['outcome'],
  string
>

/** The record that a row is about: also of a row without a part, which ends what its record had. */
export function recordOf(mapped: Mapped): KeptRow | undefined
export function recordOf(mapped: Mapped | PackedRow): KeptRow | PackedRow | undefined
export function recordOf(mapped: Mapped | PackedRow): KeptRow | PackedRow | undefined {
  if (mapped.kept !== undefined) return mapped.kept
  return mapped.rejected === undefined ? mapped : mapped.rejected.emptied
}

/** A row without a part is a reject only where nothing is known of its record. */
export function rejectionOf(mapped: Mapped | PackedRow, isKnown: boolean): RowRejection | undefined {
  return isKnown && mapped.rejected?.emptied !== undefined ? undefined : mapped.rejected
}

export function toReject(
  {
    realm,
    feed,
    source,
    received,
    reading,
  }: Pick<Arrival, 'realm' | 'feed' | 'source' | 'received'> & { readonly reading?: RowReading | undefined },
  row: Row,
  { reason, hint, parked }: RowRejection,
  sealer: Sealer,
): Reject {
  const from = row.source ?? source
  const { authority, record } = row.fields === undefined ? UNREAD : feed.describe(row, from)
  const about = { authority, record, subject: parked?.subject ?? '', known: parked?.known ?? 0 }
  const as = (row.error === undefined ? undefined : row.kept) ?? reading ?? {}
  const format = as.format ?? feed.policy.format
  const said = encodingOf(feed.policy, format, as)
  const read = { format, encoding: said === 'auto' ? detectEncoding(row.raw) : said }
  const beside = { columns: headerOf(read.format, row), around: row.around ?? {} }
  const place = { realm, feed: feed.policy.feed, source: from, line: row.line, received }
  return rejectRow({ ...place, reason, hint: folded(hint), ...about, ...read, ...beside, raw: row.raw }, sealer)
}

const UNREAD = { authority: '', record: '' }

/** Only where the names do not stand in the row itself. */
function headerOf(format: string, { columns = [] }: Row): readonly string[] {
  return format === 'csv' ? columns : []
}
