import { createReadStream } from 'node:fs'
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal, Retryable } from '../../core/errors.ts'
import { shortHash } from '../../core/hash.ts'
import type { Clock } from '../../core/time.ts'
import type { FileSource, FoundFile } from '../../ingest/sources/file-source.ts'

export interface FolderSourceOptions {
  readonly folder: string
  readonly clock: Clock
  /** A file that has not grown for so long, and is the same at two looks, is whole. */
  readonly settledMs?: number
}

const SETTLED_MS = 2_000
const CHUNK_BYTES = 256 * 1024
/** More are taken at later looks. */
const MOST_AT_ONCE = 1_000
/** What is still being written by tools that rename at the end. */
const UNFINISHED = /^[.~]|\.(part|tmp|temp|filepart|crdownload|writing)$/i

/**
 * Files that are put into a folder, the oldest first; each is moved to `done` or `failed` in it, with a note of the reason
 * beside it. Whoever writes into the folder need not do it in one step: a file is taken once it rests.
 */
export function createFolderSource({ folder, clock, settledMs = SETTLED_MS }: FolderSourceOptions): FileSource {
  let seen = new Map<string, string>()

  return {
    async find() {
      const now = clock.now()
      const looked = await lookAt(folder)
      const whole = looked.filter(({ id, modified }) => seen.get(id) === id && now - modified >= settledMs)
      seen = new Map(looked.map(({ id }) => [id, id]))
      whole.sort((a, b) => a.modified - b.modified || (a.name < b.name ? -1 : 1))
      const files = whole.slice(0, MOST_AT_ONCE).map(({ id, name }) => ({ id, name, cursor: '' }))
      const found = new Set(files.map(({ id }) => id))
      const waiting = looked.map(({ id }) => id).filter((id) => !found.has(id))
      return { files, waiting, more: whole.length > files.length }
    },

    read: ({ name }) => inFolder(createReadStream(join(folder, name), { highWaterMark: CHUNK_BYTES })),

    async putAway(file, failed) {
      const target = join(folder, failed === undefined ? 'done' : 'failed')
      await reached(() => mkdir(target, { recursive: true }))
      const name = await freeName(target, file)
      await reached(() => rename(join(folder, file.name), join(target, name)))
      if (failed !== undefined) await reached(() => writeFile(join(target, `${name}.why.txt`), `${failed}\n`))
    },

    async close() {},
  }
}

async function lookAt(folder: string) {
  const entries = await reached(() => readdir(folder, { withFileTypes: true }))
  const names = entries.filter((entry) => entry.isFile() && !UNFINISHED.test(entry.name)).map(({ name }) => name)
  const looked: { readonly id: string; readonly name: string; readonly modified: number }[] = []
  for (const name of names) {
    const { size, mtimeMs, ino } = await reached(() => stat(join(folder, name)))
    looked.push({ id: JSON.stringify([name, size, mtimeMs, ino]), name, modified: mtimeMs })
  }
  return looked
}

/** The same name may have been put away before. */
async function freeName(target: string, { id, name }: FoundFile): Promise<string> {
  const there = new Set(await reached(() => readdir(target)))
  return there.has(name) ? `${shortHash(id)}-${name}` : name
}

async function* inFolder(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    throw translated(error)
  }
}

async function reached<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw translated(error)
  }
}

/** A share may come and go, and somebody may take a file back; what may not be touched needs a person. */
function translated(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words = error instanceof Error ? error.message : ''
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
    return new Refusal(
      { zh: `数据源的目录无法使用:${words}`, en: `A feed's folder cannot be used: ${words}.` },
      { cause: error },
    )
  }
  return code === '' ? error : new Retryable('folder-unreachable', words, { cause: error })
}
