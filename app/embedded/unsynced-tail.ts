import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { writeSynced } from '../../adapters/files/synced.ts'
import type { RedisBinary } from './redis-binary.ts'

/** What was cut off an append-only file, and where it is kept. */
export interface CutOff {
  readonly bytes: number
  readonly keptIn: string
}

const FOLDER = 'appendonlydir'
const MANIFEST = 'appendonly.aof.manifest'
/** What the checker says of a file; the last one is the one in which it found a fault. */
const ANALYSED = /^AOF analyzed: filename=(\S+\.incr\.aof), size=(\d+), ok_up_to=(\d+),/gm
/** A disk is written page by page. */
const PAGE_BYTES = 4096
/** So many at a page's end are no part of what was written. */
const LEAST_ZEROS = 16

/**
 * After a power cut an append-only file may go on behind what was synced: pages that were never written read as zeros,
 * and pages behind them may have been written all the same. Redis reads a file that ends in the middle of a command, but
 * none with such a hole. What follows the last whole command before a hole is cut off, and kept beside: no sender was told
 * that it is there. Any other fault is a damaged disk and is left alone: `undefined`.
 */
export function cutUnsyncedTail({ file: program }: RedisBinary, folder: string): CutOff | undefined {
  const manifest = join(folder, FOLDER, MANIFEST)
  if (!existsSync(manifest)) return undefined
  const checked = spawnSync(program, [manifest], { argv0: 'redis-check-aof', encoding: 'utf8' })
  const [, name, , end] = [...(checked.stdout ?? '').matchAll(ANALYSED)].at(-1) ?? []
  if (name === undefined) return undefined
  const file = join(folder, FOLDER, name)
  const whole = Number(end)
  const tail = readFrom(file, whole)
  if (!hasHole(tail, whole)) return undefined
  const keptIn = join(folder, `unsynced-${name}-${whole}`)
  writeSynced(keptIn, tail)
  truncateSync(file, whole)
  return { bytes: tail.length, keptIn }
}

/** Whether a page, or the rest of one, was never written. `start`: where in the file these bytes begin. */
function hasHole(bytes: Buffer, start: number): boolean {
  let at = 0
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + PAGE_BYTES - ((start + at) % PAGE_BYTES))
    if (bytes.subarray(Math.max(at, end - LEAST_ZEROS), end).every((byte) => byte === 0)) return true
    at = end
  }
  return false
}

function readFrom(file: string, start: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, statSync(file).size - start))
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, bytes, 0, bytes.length, start)
    return bytes
  } finally {
    closeSync(descriptor)
  }
}
