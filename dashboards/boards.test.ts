import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresent } from '../adapters/memory/present.ts'
import type { Present } from '../core/present.ts'
import { CITY_CARD, CITY_NAMES } from '../test/support/board-city.ts'
import { fixtureWarning, putFixture } from '../test/support/board-fixture.ts'
import { type Boards, createBoards } from './boards.ts'

const NOW = Date.UTC(2026, 10, 22, 6)
const REALM = CITY_CARD.realm

describe('boards out of the present', () => {
  let present: Present
  let boards: Boards
  let reads: string[]
  beforeEach(async () => {
    const memory = createMemoryPresent()
    reads = []
    present = {
      ...memory,
      read(realm, area) {
        reads.push(area)
        return memory.read(realm, area)
      },
    }
    boards = createBoards(present, () => CITY_NAMES)
    await putFixture(present, 0, NOW)
  })

  it('read an area again only after its bell rang', async () => {
    await boards.read(REALM, NOW)
    reads.length = 0
    await present.put(REALM, 'warnings', { 'w-000': JSON.stringify({ ...fixtureWarning(0, NOW), state: 'closed' }) })
    expect((await boards.read(REALM, NOW))?.totals.openWarnings).toBe(23)
    expect(boards.changed(REALM, 'warnings')).toBe(true)
    expect((await boards.read(REALM, NOW))?.totals.openWarnings).toBe(22)
    expect(reads).toEqual(['warnings'])
  })

  it('are whole for everyone who asks at the same time', async () => {
    const [one, two] = await Promise.all([boards.read(REALM, NOW), boards.read(REALM, NOW)])
    expect(one).toEqual(two)
    expect(one?.totals.enterprises).toBeGreaterThan(0)
  })

  it('write a point of the trend for each sealed tick, once, and forget the oldest', async () => {
    const before = Object.keys(await present.read(REALM, 'trend')).length
    await boards.read(REALM, NOW)
    await boards.read(REALM, NOW)
    for (let minute = 1; minute <= 40; minute++) {
      const views = Object.entries(await present.read(REALM, 'shards')).map(([key, text]): [string, string] => [
        key,
        JSON.stringify({ ...(JSON.parse(text) as object), sealedUntil: NOW + minute * 60_000 }),
      ])
      await present.put(REALM, 'shards', Object.fromEntries(views))
      boards.changed(REALM, 'shards')
      await boards.read(REALM, NOW)
      boards.changed(REALM, 'trend')
    }
    const kept = await present.read(REALM, 'trend')
    expect(before).toBeLessThan(120)
    expect(Object.keys(kept)).toHaveLength(120)
    expect(kept[String(NOW + 40 * 60_000)]).toBeDefined()
  })

  it('know no board of a realm that does not exist, and heed no bell of what they do not show', async () => {
    expect(await boards.read('none', NOW)).toBeUndefined()
    expect(boards.changed(REALM, 'risk')).toBe(false)
    expect(boards.changed(REALM, 'trend')).toBe(false)
  })
})
