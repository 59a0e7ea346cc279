import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeSynced } from '../../adapters/files/synced.ts'
import { Refusal } from '../../core/errors.ts'
import { identityOf } from './process-identity.ts'

/** Where one installation keeps everything; one supervisor at a time holds it. */
export interface DataFolder {
  readonly path: string
  /** The private Redis that holds the log. */
  readonly log: string
  /** The private Redis that holds the present and the jobs. */
  readonly present: string
  /** The chDB folder. */
  readonly history: string
  readonly keys: string
  /** Sockets, addresses and output of the processes that run now. */
  readonly run: string
}

export interface HeldDataFolder extends DataFolder {
  /** Lets the next supervisor in. */
  release(): void
}

interface Holder {
  readonly pid: number
  readonly identity: string
}

export const LEAST_FREE_BYTES = 1024 ** 3

/** The parts of a data folder, without touching it. */
export function dataFolderAt(path: string): DataFolder {
  const root = resolve(path)
  return {
    path: root,
    log: join(root, 'log'),
    present: join(root, 'present'),
    history: join(root, 'history'),
    keys: join(root, 'keys'),
    run: join(root, 'run'),
  }
}

/**
 * Makes what is missing and takes the lock; a lock that a killed supervisor left behind is taken over.
 * Errors: `Refusal` when a living supervisor holds the folder, when less than `leastFreeBytes` are free, or when it
 * cannot be written.
 */
export function holdDataFolder(path: string, leastFreeBytes: number = LEAST_FREE_BYTES): HeldDataFolder {
  const folder = dataFolderAt(path)
  prepare(folder, leastFreeBytes)
  const identity = identityOf(process.pid)
  if (identity === undefined) throw new Error('the own process has no identity')
  const lock = join(folder.run, 'supervisor.json')
  take(lock, { pid: process.pid, identity }, folder.path)
  return {
    ...folder,
    release() {
      if (readHolder(lock)?.identity === identity) rmSync(lock, { force: true })
    },
  }
}

/** The living process that holds the folder, if any. */
export function heldBy(folder: DataFolder): number | undefined {
  let holder: Holder | undefined
  try {
    holder = readHolder(join(folder.run, 'supervisor.json'))
  } catch (error) {
    // A folder that we may not enter is held by nobody of ours; whoever wants to hold it is told why that cannot be.
    const code = codeOf(error)
    if (code === undefined || !NOT_WRITABLE.has(code)) throw error
  }
  return holder !== undefined && identityOf(holder.pid) === holder.identity ? holder.pid : undefined
}

export function alreadyRuns(path: string, pid: number): Refusal {
  return new Refusal({
    zh: `烽燧已在 ${path} 上运行(进程 ${pid}),请先停掉它,或用 --data 另选目录`,
    en: `Fengsui already runs on ${path} (process ${pid}): stop it first, or name another folder with --data.`,
  })
}

/** A secret of 32 random bytes, made on first use and kept in `keys`, readable by its user alone. */
export function secret(folder: DataFolder, name: string): Buffer {
  const file = join(folder.keys, name)
  mkdirSync(folder.keys, { recursive: true, mode: 0o700 })
  // Where another process was first its secret holds for both.
  if (!existsSync(file)) makeSynced(file, randomBytes(32))
  const bytes = readFileSync(file)
  if (bytes.length !== 32)
    throw new Refusal({
      zh: `密钥 ${file} 已损坏,请从备份恢复`,
      en: `The key ${file} is damaged: restore it from a backup.`,
    })
  return bytes
}

function prepare(folder: DataFolder, leastFreeBytes: number): void {
  try {
    for (const part of [folder.path, folder.log, folder.present, folder.history, folder.keys, folder.run]) {
      mkdirSync(part, { recursive: true, mode: 0o700 })
    }
    const probe = join(folder.run, `probe.${process.pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined || !NOT_WRITABLE.has(code)) throw error
    throw new Refusal(
      {
        zh: `数据目录 ${folder.path} 不可写(${code}),请用 --data 另选目录,或修复它`,
        en: `The data folder ${folder.path} cannot be written (${code}): name another with --data, or mend it.`,
      },
      {
        cause: error,
      },
    )
  }
  const disk = statfsSync(folder.path)
  const free = disk.bavail * disk.bsize
  if (free < leastFreeBytes) {
    throw new Refusal({
      zh: `${folder.path} 所在磁盘只剩 ${megabytes(free)} MiB,需要 ${megabytes(leastFreeBytes)} MiB:请清理空间,或用 --data 另选目录`,
      en: `Only ${megabytes(free)} MiB are free under ${folder.path} and ${megabytes(leastFreeBytes)} MiB are needed: free some space, or name another folder with --data.`,
    })
  }
}

const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'EDQUOT', 'ENAMETOOLONG'])

/** A link appears whole or not at all, and of two that make it one fails. */
function take(lock: string, own: Holder, path: string): void {
  while (!makeSynced(lock, JSON.stringify(own))) {
    const holder = readHolder(lock)
    if (holder === undefined) continue
    if (identityOf(holder.pid) === holder.identity) throw alreadyRuns(path, holder.pid)
    setAside(lock, `${lock}.${own.pid}.stale`, holder)
  }
}

/** Moves a dead holder's lock away, and puts it back where a living one has taken its place in between. */
function setAside(lock: string, aside: string, dead: Holder): void {
  try {
    renameSync(lock, aside)
    if (readHolder(aside)?.identity !== dead.identity) linkSync(aside, lock)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2)
}
