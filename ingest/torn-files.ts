import { fullHash, shortHash } from '../core/hash.ts'
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
  /** How the whole one begins: hashes of its first 16, 32, 64 … bytes. */
  readonly beginnings?: readonly string[]
}

/** So much of a file that came whole is looked at. */
export const BEGINNING_BYTES = 64 * 1024
const SHORTEST_BEGINNING = 16

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

export function isTorn(notes: Readonly<Record<string, string>>, feed: string, name: string): boolean {
  return read(notes, feed, name) !== undefined
}

/**
 * That a file has come whole; to be committed with its last rows. `beginning`: its first `BEGINNING_BYTES`. Nothing, of a
 * file that was never torn.
 */
export function wholeNotes(
  notes: Readonly<Record<string, string>>,
  feed: string,
  name: string,
  beginning: Uint8Array,
): Notes {
  const torn = read(notes, feed, name)
  if (torn === undefined) return {}
  const whole: TornFile = { ...torn, whole: true, beginnings: beginningsOf(beginning) }
  return { [noteOf(feed, name)]: JSON.stringify(whole) }
}

/** Whether what was torn begins as the file that came whole: the same file, cut off. */
export function beginsAlike(torn: Uint8Array, { beginnings = [] }: TornFile): boolean {
  const own = beginningsOf(torn)
  const longest = own.at(-1)
  return longest !== undefined && beginnings[own.length - 1] === longest
}

function beginningsOf(bytes: Uint8Array): readonly string[] {
  const hashes: string[] = []
  for (let length = SHORTEST_BEGINNING; length <= Math.min(bytes.length, BEGINNING_BYTES); length *= 2) {
    hashes.push(fullHash(bytes.subarray(0, length)))
  }
  return hashes
}

export function forgottenTorn({ feed, name }: TornFile): Notes {
  return { [noteOf(feed, name)]: undefined }
}

function read(notes: Readonly<Record<string, string>>, feed: string, name: string): TornFile | undefined {
  const text = notes[noteOf(feed, name)]
  return text === undefined ? undefined : JSON.parse(text)
}
