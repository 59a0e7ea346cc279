import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Refusal } from '../../core/errors.ts'
import type { ReplayFiles, SourceFile } from '../../ingest/replay/files.ts'
import { readAt } from './read-at.ts'
import { openSpool } from './spool.ts'
import { syncFolder } from './synced.ts'

const CHUNK_BYTES = 256 * 1024

/** Records from files; plans as `{folder}/{job}.plan`. */
export function createReplayFiles(folder: string): ReplayFiles {
  const planPath = (job: string) => join(folder, `${job}.plan`)
  return {
    open: openSource,
    openSpool: () => openSpool(folder),

    async readPlan(job) {
      try {
        return await readFile(planPath(job))
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined
        throw error
      }
    },

    async writePlan(job, pieces) {
      await mkdir(folder, { recursive: true })
      const draft = `${planPath(job)}.draft`
      const file = await open(draft, 'w', 0o600)
      try {
        for (const piece of pieces) await file.writeFile(piece)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, planPath(job))
      syncFolder(folder)
    },

    async removePlan(job) {
      await rm(planPath(job), { force: true })
    },
  }
}

async function openSource(path: string): Promise<SourceFile> {
  const descriptor = openExisting(path)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) hash.update(chunk)
  return {
    name: basename(path),
    bytes: fstatSync(descriptor).size,
    hash: hash.digest('hex'),
    chunks: () => createReadStream(path, { highWaterMark: CHUNK_BYTES }),
    read: (offset, length) => readAt(descriptor, offset, length, path),
    async close() {
      closeSync(descriptor)
    },
  }
}

function openExisting(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT')
      throw new Refusal({ zh: `没有文件 ${path}`, en: `There is no file ${path}.` }, { cause: error })
    if (code === 'EACCES' || code === 'EISDIR')
      throw new Refusal({ zh: `无法读取 ${path}(${code})`, en: `${path} cannot be read (${code}).` }, { cause: error })
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
