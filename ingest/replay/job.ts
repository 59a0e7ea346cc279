import { Refusal } from '../../core/errors.ts'
import type { FeedEncoding } from '../../core/feed-policy.ts'
import { canonicalJson, fullHash } from '../../core/hash.ts'
import type { CompiledFeed } from '../mapping/compile-feed.ts'
import type { ReplayFiles, Spool } from './files.ts'
import { type OpenedFile, openFiles } from './open-files.ts'

export interface ReplayFeed {
  readonly feed: CompiledFeed
  /** Paths, in the order in which they count as having been filed. */
  readonly files: readonly string[]
  /** Overrides the policy's. */
  readonly encoding?: FeedEncoding
}

/** One file of the job with all that is needed to read it, twice. */
export interface JobFile extends OpenedFile {
  readonly feed: CompiledFeed
}

export interface Job {
  /** Names the job by what it reads and how: the same again goes on where it stopped. */
  readonly id: string
  readonly feeds: readonly string[]
  readonly files: readonly JobFile[]
  close(): Promise<void>
}

/** A plan numbers its files in 16 bits. */
const MOST_FILES = 2 ** 16

/** Errors: `Refusal` where a file is not there. */
export async function openJob(realm: string, feeds: readonly ReplayFeed[], store: ReplayFiles): Promise<Job> {
  const files: JobFile[] = []
  const closing: (() => Promise<void>)[] = []
  let spool: Spool | undefined
  const theSpool = async () => {
    if (spool === undefined) {
      spool = await store.openSpool()
      closing.push(spool.close)
    }
    return spool
  }
  const close = async () => {
    await Promise.all(closing.map((each) => each()))
  }
  try {
    for (const { feed, files: paths, ...said } of feeds) {
      for (const path of paths) {
        const source = await store.open(path)
        closing.push(source.close)
        for (const opened of await openFiles(source, feed.policy, said, theSpool)) files.push({ ...opened, feed })
        if (files.length > MOST_FILES)
          throw new Refusal({
            zh: `一次重放最多 ${MOST_FILES} 个文件`,
            en: `a replay takes at most ${MOST_FILES} files`,
          })
      }
    }
  } catch (error) {
    await close()
    throw error
  }
  const read = files.map(({ source, feed, options }) => [feed.policy, options, source.name, source.hash])
  return {
    id: fullHash(canonicalJson([realm, read])).slice(0, 32),
    feeds: [...new Set(feeds.map(({ feed }) => feed.policy.feed))],
    files,
    close,
  }
}
