import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import { dataFolderAt, holdDataFolder, secret } from './data-folder.ts'
import { identityOf } from './process-identity.ts'

describe('the data folder', () => {
  let parent: string
  let path: string
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'fengsui-data-'))
    path = join(parent, 'deep', 'data')
  })
  afterEach(() => rmSync(parent, { recursive: true, force: true }))

  it('is made with all its parts, closed to others', () => {
    const folder = holdDataFolder(path, 0)
    for (const part of [folder.log, folder.present, folder.history, folder.keys, folder.run]) {
      expect(statSync(part).mode & 0o777).toBe(0o700)
    }
  })

  it('is held by one supervisor at a time, and free again after it', () => {
    const first = holdDataFolder(path, 0)
    expect(() => holdDataFolder(path, 0)).toThrow(Refusal)
    expect(() => holdDataFolder(path, 0)).toThrow(String(process.pid))
    first.release()
    holdDataFolder(path, 0).release()
  })

  it.each([
    ['whose process is gone', { pid: 2 ** 22 + 1, identity: 'a:1' }],
    ['whose process number now belongs to another', { pid: process.pid, identity: 'an earlier boot:1' }],
  ])('is taken over from a supervisor %s', (_name, dead) => {
    holdDataFolder(path, 0).release()
    const lock = join(dataFolderAt(path).run, 'supervisor.json')
    writeFileSync(lock, JSON.stringify(dead))
    holdDataFolder(path, 0)
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual({ pid: process.pid, identity: identityOf(process.pid) })
  })

  it('refuses a disk that is nearly full, and says how much is missing', () => {
    expect(() => holdDataFolder(path, Number.MAX_SAFE_INTEGER)).toThrow(Refusal)
    expect(() => holdDataFolder(path, Number.MAX_SAFE_INTEGER)).toThrow(/MiB are free/)
  })

  it('refuses a place that cannot be written', () => {
    writeFileSync(join(parent, 'file'), '')
    expect(() => holdDataFolder(join(parent, 'file', 'data'), 0)).toThrow(Refusal)
    expect(() => holdDataFolder(join(parent, 'file'), 0)).toThrow(Refusal)
  })

  it('keeps a secret once made, readable by its user alone, and refuses a damaged one', () => {
    const folder = holdDataFolder(path, 0)
    const made = secret(folder, 'tokens')
    expect(made).toHaveLength(32)
    expect(secret(folder, 'tokens').equals(made)).toBe(true)
    expect(secret(folder, 'sealing').equals(made)).toBe(false)
    expect(statSync(join(folder.keys, 'tokens')).mode & 0o777).toBe(0o600)
    writeFileSync(join(folder.keys, 'tokens'), 'short')
    expect(() => secret(folder, 'tokens')).toThrow(Refusal)
  })
})
