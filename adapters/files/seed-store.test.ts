import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Rejected } from '../../core/errors.ts'
import { createFileSeedStore } from './seed-store.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fengsui-seeds-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the seed of a period', () => {
  it('is the first that was sealed, whoever comes later, in this process or another', async () => {
    expect(await createFileSeedStore(folder).read('city', '2026-11')).toBeUndefined()
    const kept = await Promise.all(
      ['aa', 'bb', 'cc'].map((seed) => createFileSeedStore(folder).seal('city', '2026-11', seed)),
    )
    expect(new Set(kept).size).toBe(1)
    expect(await createFileSeedStore(folder).seal('city', '2026-11', 'dd')).toBe(kept[0])
    expect(await createFileSeedStore(folder).read('city', '2026-11')).toBe(kept[0])
  })

  it('can be read by its owner alone, and leaves no drafts beside it', async () => {
    await createFileSeedStore(folder).seal('town', '2026-11', 'aa')
    expect((await stat(join(folder, 'town', '2026-11.seed'))).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'town'))).toEqual(['2026-11.seed'])
  })

  it('never leaves its folder', async () => {
    await expect(createFileSeedStore(folder).seal('../town', '2026-11', 'aa')).rejects.toThrow(Rejected)
  })
})
