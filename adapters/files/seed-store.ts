import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Rejected } from '../../core/errors.ts'
import type { SeedStore } from '../../inspections/seed-store.ts'
import { makeSynced } from './synced.ts'

const NAME = /^[a-z0-9][a-z0-9-]*$/

/** Seeds as files `{folder}/{realm}/{period}.seed` that only the owner can read, synced to the disk before they count. */
export function createFileSeedStore(folder: string): SeedStore {
  function pathOf(realm: string, period: string): string {
    if (!NAME.test(realm) || !NAME.test(period))
      throw new Rejected('bad-name', {
        zh: `${realm}/${period} 不能用作种子名`,
        en: `${realm}/${period} cannot name a seed`,
      })
    return join(folder, realm, `${period}.seed`)
  }

  async function read(realm: string, period: string): Promise<string | undefined> {
    try {
      return (await readFile(pathOf(realm, period), 'utf8')).trim()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  return {
    read,
    async seal(realm, period, seed) {
      const path = pathOf(realm, period)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      // The first of two processes wins.
      makeSynced(path, `${seed}\n`)
      return (await read(realm, period)) ?? seed
    },
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
