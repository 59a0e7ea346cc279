import { inBoth } from '../../core/bilingual.ts'
import { Rejected } from '../../core/errors.ts'
import type { Clock } from '../../core/time.ts'
import type { Counts } from '../counts.ts'
import type { Row } from '../decode/row.ts'
import { unpack } from '../decode/unpack.ts'
import { UNPACK_LIMITS } from '../decode/zip.ts'
import { fileAsReject, LOOKED_AT_BYTES } from '../file-as-reject.ts'
import type { RealmIntake } from '../intake-port.ts'
import type { CompiledFeed } from '../mapping/compile-feed.ts'
import type { RecordIndex } from '../record-index.ts'
import { rejectId } from '../reject-row.ts'
import { rowsOf, type TakenIn, takeIn } from '../take-in.ts'
import { BEGINNING_BYTES, isTorn, tornNotes, wholeNotes } from '../torn-files.ts'
import type { FileSource, FoundFile } from './file-source.ts'
import { forgottenNotes, readingNotes, readSourceNotes, tagOf, takenNotes } from './taken-notes.ts'

export interface SourcedFeed {
  readonly realm: string
  readonly feed: CompiledFeed
  readonly source: FileSource
  /** Tells the sources of one feed apart: `drop`, or the kind of its policy's. */
  readonly place: string
  readonly intake: RealmIntake
  readonly index: Pick<RecordIndex, 'notes'>
  readonly clock: Clock
  /** History: nothing of it is published before it is sealed. */
  readonly bulk: boolean
  /** Awaited before each part of a file: lets the log catch up. */
  readonly ready: () => Promise<void>
  /** Holds a file back until it is its turn: what is packed is held in memory. */
  readonly turn: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly signal: AbortSignal
  readonly onTaken: (file: FoundFile, counts: Counts, failed: string | undefined) => void
}

/**
 * Looks at a source once and takes all that is new, one file after the other. That a file was taken is committed with its
 * last rows, and how far it was read with those before: a process that is killed goes on where it stood. Answers whether
 * there is more.
 * Errors: `Retryable`, `Refusal`; the same may then be done again.
 */
export async function takeFiles(sourced: SourcedFeed): Promise<boolean> {
  const { realm, feed, source, intake, index } = sourced
  const name = { feed: feed.policy.feed, place: sourced.place }
  const noted = await index.notes(realm)
  const notes = readSourceNotes(name, noted)
  const found = await source.find(notes.cursor)
  const forgotten = forgottenNotes(name, notes, found)
  if (Object.keys(forgotten).length > 0) {
    await intake.submit({ feed, source: '', rows: [], bulk: false, occurrence: () => 0, notes: forgotten })
  }
  for (const file of found.files) {
    sourced.signal.throwIfAborted()
    // Taken, and then the process died before it was put away.
    if (notes.taken.has(tagOf(file))) {
      await source.putAway(file, undefined)
      continue
    }
    const resumed = notes.reading?.file === tagOf(file) ? notes.reading.rows : 0
    await sourced.turn(() => takeFile(sourced, file, { resumed, noted }))
  }
  return found.more
}

interface Before {
  /** Rows that are durable of a run that was cut off. */
  readonly resumed: number
  /** What the realm remembers. */
  readonly noted: Readonly<Record<string, string>>
}

async function takeFile(sourced: SourcedFeed, file: FoundFile, { resumed, noted }: Before): Promise<void> {
  const { feed, source, intake, bulk, signal } = sourced
  const name = { feed: feed.policy.feed, place: sourced.place }
  // Rows without a key are told apart by their place among equal ones: all of them have to be seen again.
  const skip = feed.policy.key.length === 0 ? 0 : resumed
  const beginning = isTorn(noted, name.feed, file.name) ? await headOf(source.read(file), BEGINNING_BYTES) : undefined
  const cameWhole = beginning === undefined ? {} : wholeNotes(noted, name.feed, file.name, beginning)
  const whole = { ...takenNotes(name, file), ...cameWhole }
  const notes = (rows: number, isLast: boolean) => (isLast ? whole : readingNotes(name, file, rows))
  // A role that stops does not wait for the end of a file: what is left is taken when it is started again.
  const ready = async () => {
    signal.throwIfAborted()
    await sourced.ready()
  }
  let taken: TakenIn
  let failed: string | undefined
  try {
    const unpacked = await unpack(file.name, source.read(file), UNPACK_LIMITS)
    const sources = unpacked.map((each) => rowsOf(feed.policy, each))
    taken = await takeIn(sources, { intake, feed, bulk, listed: 1, skip, notes, ready })
    failed = failureOf(taken)
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    failed = `${error.reason}: ${error.message}`
    const row = fileAsReject(await headOf(source.read(file), LOOKED_AT_BYTES), error)
    const reject = rejectId({ feed: name.feed, source: file.name, line: row.line, raw: row.raw })
    const torn = tornNotes(noted, { feed: name.feed, name: file.name, reject, at: sourced.clock.now() })
    taken = await takeIn([{ source: file.name, rows: only(row), reading: {} }], {
      ...{ intake, feed, bulk, listed: 1 },
      notes: () => ({ ...takenNotes(name, file), ...torn }),
    })
  }
  await source.putAway(file, failed)
  sourced.onTaken(file, taken.counts, failed)
}

/** A file of which nothing could be accepted is a file that somebody has to look at. */
function failureOf({ counts, rejected }: TakenIn): string | undefined {
  if (counts.lines === 0 || counts.rejects < counts.lines) return undefined
  const [first] = rejected
  return first === undefined ? 'rejected' : `${first.reason}: ${inBoth(first.hint)} (${first.line})`
}

async function* only(row: Row): AsyncIterable<Row[]> {
  yield [row]
}

async function headOf(chunks: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const head: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    head.push(chunk)
    bytes += chunk.length
    if (bytes >= most) break
  }
  return Buffer.concat(head).subarray(0, most)
}
