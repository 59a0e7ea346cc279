import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Small files that must outlive a power cut: each is there whole, as it was before or as it is now, and what was answered
 * after the call stays so. Only its user can read it. Errors: those of the file system.
 */
export function writeSynced(file: string, data: string | Uint8Array): void {
  const draft = draftOf(file, data)
  try {
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  syncFolder(dirname(file))
}

/** Never over another: of two that make it the first wins. `false` where there was one. */
export function makeSynced(file: string, data: string | Uint8Array): boolean {
  const draft = draftOf(file, data)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
    syncFolder(dirname(file))
  }
}

/** A line at the end of a file; a piece of one, left by a power cut, is to be cut off before. */
export function appendSynced(file: string, line: string): void {
  withFile(file, 'a', (descriptor) => writeFileSync(descriptor, `${line}\n`))
}

/** What was renamed, linked or made in a folder is on the disk. */
export function syncFolder(folder: string): void {
  withFile(folder, 'r', () => undefined)
}

function draftOf(file: string, data: string | Uint8Array): string {
  const draft = `${file}.${randomUUID()}`
  withFile(draft, 'wx', (descriptor) => writeFileSync(descriptor, data))
  return draft
}

function withFile(path: string, flags: string, write: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags, 0o600)
  try {
    write(descriptor)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
