import { Refusal } from '../../core/errors.ts'
import { DAY_MS } from '../../core/time.ts'
import type { FoundFile } from './file-source.ts'

/** One file as a server lists it. */
export interface ListedFile {
  /** With its folders: where it is read from. */
  readonly path: string
  /** Changes with its content: an ETag, or size and time. */
  readonly version: string
  /** UTC milliseconds. */
  readonly modified: number
}

export interface ListedFound extends FoundFile {
  readonly path: string
}

/** Clocks of senders differ, and what is uploaded in parts is dated by its beginning. */
const OVERLAP_MS = DAY_MS
export const MOST_LISTED = 100_000

/**
 * What of a listing may be new, the oldest first: everything from a day before the newest that was taken. `cursor` is the
 * time of that; whoever takes knows what of the day it had.
 */
export function newOf(listed: readonly ListedFile[], cursor: string | undefined): readonly ListedFound[] {
  const newest = cursor === undefined ? 0 : Number(cursor)
  return listed
    .filter(({ modified, path }) => modified >= newest - OVERLAP_MS && !path.endsWith('/'))
    .sort((a, b) => a.modified - b.modified || (a.path < b.path ? -1 : 1))
    .map(({ path, version, modified }) => ({
      id: JSON.stringify([path, version]),
      name: path.slice(path.lastIndexOf('/') + 1),
      cursor: String(Math.max(newest, modified)),
      path,
    }))
}

export function pathOf(files: readonly ListedFound[], { id }: FoundFile): string {
  const found = files.find((file) => file.id === id)
  if (found === undefined) throw new Error('only what was found last can be read')
  return found.path
}

export function tooManyListed(where: string): Refusal {
  return new Refusal({
    zh: `${where} 中的文件超过 ${MOST_LISTED} 个,请缩小范围或清理旧文件`,
    en: `${where} holds more than ${MOST_LISTED} files: name a narrower place, or have old ones removed.`,
  })
}
