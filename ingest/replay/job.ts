import { Refusal } from '../../core/errors.ts'
import type { FeedEncoding } from '../../core/feed-policy.ts'
import { canonicalJson, fullHash } from '../../core/hash.ts'
import { detectEncoding, HEAD_BYTES } from '../decode/detect-encoding.ts'
import type { RowFormat, RowOptions } from '../decode/row.ts'
import { encodingOf, formatOfName } from '../decode/row-reader.ts'
import type { CompiledFeed } from '../mapping/compile-feed.ts'
import type { ReplayFiles, SourceFile } from './files.ts'

export interface ReplayFeed {
  readonly feed: CompiledFeed
  /** Paths, in the order in which they count as having been filed. */
  readonly files: readonly string[]
  /** Overrides the policy's. */
  readonly encoding?: FeedEncoding
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
    for (const { feed, files: paths, ...said } of feeds) {
      for (const path of paths) {
        const source = await store.open(path)
        const format = formatOfName(source.name) ?? feed.policy.format
        const file = { source, feed, options: { format, encoding: resolveEncoding(source, feed, format, said) } }
        files.push(file)
        if (format === 'xlsx' || /\.(gz|zip)$/i.test(source.name)) {
          throw new Refusal(
            `${source.name} is packed: a replay reads rows where they lie. Unpack it or save it as CSV, or drop it into the feed's folder.`,
          )
        }
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

/** Decided once for the file: its rows are read again in other company. */
function resolveEncoding(
  source: SourceFile,
  { policy }: CompiledFeed,
  format: RowFormat,
  said: RowOptions,
): 'utf-8' | 'gb18030' {
  const encoding = encodingOf(policy, format, said)
  return encoding === 'auto' ? detectEncoding(source.read(0, Math.min(source.bytes, HEAD_BYTES))) : encoding
}

async function closeAll(files: readonly JobFile[]): Promise<void> {
  await Promise.all(files.map(({ source }) => source.close()))
}
