import { shortHash } from '../../core/hash.ts'
import type { Notes } from '../record-index.ts'
import type { Found, FoundFile } from './file-source.ts'

/** What the notes of a realm say of one source. */
export interface SourceNotes {
  readonly cursor: string | undefined
  /** Short hashes of the ids of what was taken and may be found again. */
  readonly taken: ReadonlySet<string>
  /** A file that was being read, and how many of its rows are durable. */
  readonly reading: { readonly file: string; readonly rows: number } | undefined
}

/** Of which source of which feed: the same feed may have several. */
export interface SourceName {
  readonly feed: string
  readonly place: string
}

const prefixOf = ({ feed, place }: SourceName) => `source/${feed}/${place}/`

export function readSourceNotes(source: SourceName, notes: Readonly<Record<string, string>>): SourceNotes {
  const prefix = prefixOf(source)
  const taken = new Set<string>()
  for (const name of Object.keys(notes)) {
    if (name.startsWith(`${prefix}taken/`)) taken.add(name.slice(prefix.length + 6))
  }
  const reading = notes[`${prefix}reading`]
  return {
    cursor: notes[`${prefix}cursor`],
    taken,
    reading: reading === undefined ? undefined : JSON.parse(reading),
  }
}

export function tagOf({ id }: Pick<FoundFile, 'id'>): string {
  return shortHash(id)
}

export function readingNotes(source: SourceName, file: FoundFile, rows: number): Notes {
  return { [`${prefixOf(source)}reading`]: JSON.stringify({ file: tagOf(file), rows }) }
}

export function takenNotes(source: SourceName, file: FoundFile): Notes {
  const prefix = prefixOf(source)
  return {
    [`${prefix}taken/${tagOf(file)}`]: '1',
    [`${prefix}cursor`]: file.cursor,
    [`${prefix}reading`]: undefined,
  }
}

/** What is not there any more cannot come again. */
export function forgottenNotes(source: SourceName, { taken }: SourceNotes, { files, waiting = [] }: Found): Notes {
  const there = new Set([...files, ...waiting.map((id) => ({ id }))].map(tagOf))
  const gone = [...taken].filter((tag) => !there.has(tag))
  return Object.fromEntries(gone.map((tag) => [`${prefixOf(source)}taken/${tag}`, undefined]))
}
