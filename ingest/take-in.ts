import type { FeedPolicy } from '../core/feed-policy.ts'
import { addCounts, type Counts, NO_COUNTS, type RejectedLine } from './counts.ts'
import type { Row, RowOptions } from './decode/row.ts'
import { createRowReader, formatOf } from './decode/row-reader.ts'
import type { UnpackedFile } from './decode/unpack.ts'
import { type ArrivalReceipt, createOccurrences, type RowReading } from './ingest-batch.ts'
import type { RealmIntake } from './intake-port.ts'
import type { CompiledFeed } from './mapping/compile-feed.ts'
import type { Notes } from './record-index.ts'

export interface RowSource {
  /** Goes into the observations. */
  readonly source: string
  readonly rows: AsyncIterable<readonly Row[]>
  readonly reading: RowReading
}

/** The rows of a file as its name, the feed's policy and the options say. */
export function rowsOf(policy: FeedPolicy, { name, chunks }: UnpackedFile, options: RowOptions = {}): RowSource {
  const { encoding } = options
  return {
    source: name,
    rows: createRowReader(policy, name, options)(chunks()),
    reading: { format: formatOf(policy, name, options), ...(encoding === undefined ? {} : { encoding }) },
  }
}

export interface TakeIn {
  readonly intake: RealmIntake
  readonly feed: CompiledFeed
  readonly bulk: boolean
  /** Of the rejects, so many are listed; all of them are in the log. */
  readonly listed: number
  /** Of rows that an interrupted run has brought: so many are passed over. */
  readonly skip?: number
  /** What is remembered of the rows that are durable with the commit of a part; with the last part they are all. */
  readonly notes?: (rows: number, isLast: boolean) => Notes
  /** Awaited before each part: lets the log catch up. */
  readonly ready?: () => Promise<void>
}

export interface TakenIn {
  readonly counts: Counts
  readonly rejected: readonly RejectedLine[]
}

/**
 * Rows made durable part by part, so that a large file neither fills memory nor holds up small ones. One part is read and
 * mapped while the one before is made durable.
 * Errors: `Retryable`, after which the same may be taken in again; what the reading throws.
 */
export async function takeIn(files: Iterable<RowSource>, taking: TakeIn): Promise<TakenIn> {
  const { intake, feed, bulk, listed, notes } = taking
  let counts = NO_COUNTS
  let durable = 0
  const rejected: RejectedLine[] = []
  let pending: { readonly receipt: Promise<ArrivalReceipt>; readonly until: number } | undefined
  const settle = async () => {
    if (pending === undefined) return
    const receipt = await pending.receipt
    durable = pending.until
    counts = addCounts(counts, receipt.counts)
    rejected.push(...receipt.rejected.slice(0, listed - rejected.length))
  }
  for await (const { part, isLast } of withLast(partsOf(files, taking.skip ?? 0))) {
    await taking.ready?.()
    const { until, ...rows } = part
    // The part before may yet fail while this one is made durable: only the last, alone, speaks for all.
    if (isLast) {
      await settle()
      pending = undefined
    }
    const noted = notes?.(isLast ? until : durable, isLast)
    const receipt = intake.submit({ feed, bulk, ...rows, ...(noted === undefined ? {} : { notes: noted }) })
    receipt.catch(heardBelow)
    await settle()
    pending = { receipt, until }
  }
  await settle()
  return { counts, rejected }
}

interface Part {
  readonly source: string
  readonly reading: RowReading
  readonly rows: readonly Row[]
  readonly occurrence: (content: string) => number
  /** Rows of all files up to its end. */
  readonly until: number
}

/** Ends with an empty part where there is nothing else: its notes are to be kept all the same. */
async function* partsOf(files: Iterable<RowSource>, skip: number): AsyncIterable<Part> {
  let until = 0
  let any = false
  let last: Omit<Part, 'rows' | 'until'> = { source: '', reading: {}, occurrence: createOccurrences() }
  for (const { source, rows, reading } of files) {
    last = { source, reading, occurrence: createOccurrences() }
    for await (const batch of rows) {
      const from = Math.min(batch.length, Math.max(0, skip - until))
      until += batch.length
      if (from === batch.length) continue
      any = true
      yield { ...last, rows: from === 0 ? batch : batch.slice(from), until }
    }
  }
  if (!any) yield { ...last, rows: [], until }
}

async function* withLast(parts: AsyncIterable<Part>): AsyncIterable<{ readonly part: Part; readonly isLast: boolean }> {
  let held: Part | undefined
  for await (const part of parts) {
    if (held !== undefined) yield { part: held, isLast: false }
    held = part
  }
  if (held !== undefined) yield { part: held, isLast: true }
}

/** A part that fails while the one before is awaited is heard when its own turn comes. */
function heardBelow(): void {}
