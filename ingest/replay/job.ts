import { canonicalJson, fullHash } from '../../core/hash.ts'
import type { RowFormat, RowOptions } from '../decode/row.ts'
import { formatOfName } from '../decode/row-reader.ts'
import type { CompiledFeed } from '../mapping/compile-feed.ts'
import type { ReplayFiles, SourceFile } from './files.ts'

export interface ReplayFeed {
  readonly feed: CompiledFeed
  /** Paths, in the order in which they count as having been filed. */
  readonly files: readonly string[]
  readonly encoding?: 'utf-8' | 'gb18030'
}

/** One file of the job with all that is needed to read it, twice. */
export interface JobFile {
  readonly source: SourceFile
  readonly feed: CompiledFeed
  readonly options: RowOptions & { readonly format: RowFormat }
}

export interface Job {
  /** Names the job by what it reads and how: the same again goes on where it stopped. */
  readonly id: string
  readonly feeds: readonly string[]
  readonly files: readonly JobFile[]
  close(): Promise<void>
}

export async function openJob(realm: string, feeds: readonly ReplayFeed[], store: ReplayFiles): Promise<Job> {
  const files: JobFile[] = []
  try {
    for (const { feed, files: paths, encoding = 'utf-8' } of feeds) {
      for (const path of paths) {
        const source = await store.open(path)
        const format = formatOfName(source.name) ?? feed.policy.format
        files.push({ source, feed, options: { format, encoding } })
      }
    }
  } catch (error) {
    await closeAll(files)
    throw error
  }
  const read = files.map(({ source, feed, options }) => [feed.policy, options, source.name, source.hash])
  return {
    id: fullHash(canonicalJson([realm, read])).slice(0, 32),
    feeds: [...new Set(feeds.map(({ feed }) => feed.policy.feed))],
    files,
    close: () => closeAll(files),
  }
}

async function closeAll(files: readonly JobFile[]): Promise<void> {
  await Promise.all(files.map(({ source }) => source.close()))
}
