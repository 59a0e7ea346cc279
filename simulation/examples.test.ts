import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { exampleFiles } from './examples.ts'

const folder = new URL('../examples/', import.meta.url)

describe('the checked-in examples', () => {
  it('are byte for byte what the simulation makes', async () => {
    for (const [name, text] of Object.entries(exampleFiles())) {
      expect(await readFile(new URL(name, folder), 'utf8'), name).toBe(text)
    }
  })

  it('are one small file of every feed', async () => {
    const names = (await readdir(folder)).filter((name) => name !== 'README.md').sort()
    expect(names).toEqual(Object.keys(exampleFiles()).sort())
    for (const text of Object.values(exampleFiles())) {
      expect(text.split('\n').length).toBeGreaterThan(3)
      expect(text.split('\n').length).toBeLessThanOrEqual(22)
    }
  })
})
