import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFolderSource } from '../../adapters/files/folder-source.ts'
import { fileSourceContract } from './file-source.contract.ts'

const NOW = Date.UTC(2026, 0, 1)

fileSourceContract(
  'a folder',
  async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'fengsui-drop-')), 'feed')
    await mkdir(folder)
    let now = NOW
    return {
      async put(name, content) {
        const path = join(folder, name)
        await writeFile(path, content)
        now += 1_000
        await utimes(path, now / 1000, now / 1000)
      },
      open: () => createFolderSource({ folder, clock: { now: () => now } }),
      rest() {
        now += 10_000
      },
      goAway: () => rm(folder, { recursive: true, force: true }),
      stop: () => rm(join(folder, '..'), { recursive: true, force: true }),
    }
  },
  { hasSecret: false },
)
