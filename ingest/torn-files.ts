import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { FeedPolicy } from '../core/feed-policy.ts'
import { shortHash } from '../core/hash.ts'
import type { Row } from './decode/row.ts'
import { createRowReader } from './decode/row-reader.ts'
import type { Notes } from './record-index.ts'

/**
 * A file that could not be unpacked, remembered beside the index until a file of its name has come whole: its rejects are
 * ended by that. Kept by name for a feed, however the file comes: dropped, fetched, or replayed.
 */
export interface TornFile {
  readonly feed: string
  readonly name: string
  /** Its rejects: it may have been torn more than once, each time elsewhere. */
  readonly rejects: readonly string[]
  /** When the first was made, UTC ms. */
  readonly since: number
  readonly whole: boolean
}

const PREFIX = 'torn/'
/** A sender that never gets it right: the latest so many are ended with the file, the others by a steward. */
const MOST_REJECTS = 16

const noteOf = (feed: string, name: string) => `${PREFIX}${feed}/${shortHash(name)}`

export function tornFiles(notes: Readonly<Record<string, string>>): readonly TornFile[] {
  return Object.entries(notes).flatMap(([note, text]) =>
    note.startsWith(PREFIX) ? [JSON.parse(text) as TornFile] : [],
  )
}

/** That a file has been torn (again); to be committed with its reject. */
export function tornNotes(
  notes: Readonly<Record<string, string>>,
  {
    feed,
    name,
    reject,
    at,
  }: { readonly feed: string; readonly name: string; readonly reject: string; readonly at: number },
): Notes {
  const before = read(notes, feed, name)
  const rejects = [...new Set([...(before?.rejects ?? []), reject])].slice(-MOST_REJECTS)
  const torn: TornFile = { feed, name, rejects, since: before?.since ?? at, whole: false }
  return { [noteOf(feed, name)]: JSON.stringify(torn) }
}

/** That a file has come whole; to be committed with its last rows. Nothing, of a file that was never torn. */
export function wholeNotes(notes: Readonly<Record<string, string>>, feed: string, name: string): Notes {
  const torn = read(notes, feed, name)
  return torn === undefined ? {} : { [noteOf(feed, name)]: JSON.stringify({ ...torn, whole: true }) }
}

export function forgottenTorn({ feed, name }: TornFile): Notes {
  return { [noteOf(feed, name)]: undefined }
}

function read(notes: Readonly<Record<string, string>>, feed: string, name: string): TornFile | undefined {
  const text = notes[noteOf(feed, name)]
  return text === undefined ? undefined : JSON.parse(text)
}

/** Of what was torn, as much as is looked at. */
const MOST_BYTES = 4 << 20
const MOST_ROWS = 2_000

/**
 * The rows that can still be read in what was kept of a torn file: none of an archive whose directory is lost. The last
 * one may be cut, and does not count.
 */
export async function rowsOfTorn(policy: FeedPolicy, name: string, head: Uint8Array): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const batch of createRowReader(policy, name.replace(/\.gz$/i, ''))(unpackedHead(head))) {
    rows.push(...batch)
    if (rows.length > MOST_ROWS) break
  }
  return rows.slice(0, -1).slice(0, MOST_ROWS)
}

async function* unpackedHead(head: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0
  try {
    for await (const chunk of Readable.from([head]).pipe(createGunzip()) as AsyncIterable<Buffer>) {
      yield chunk
      bytes += chunk.length
      if (bytes > MOST_BYTES) return
    }
  } catch (error) {
    // Here it is torn: what came before is all that there is.
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
  }
}
