import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ShardView } from '../core/risk.ts'
import type { Warning } from '../core/warning.ts'
import { CITY_CARD, CITY_NAMES } from '../test/support/board-city.ts'
import { fixtureWarning } from '../test/support/board-fixture.ts'
import { compareWarnings } from './board-model.ts'
import {
  type BoardInputs,
  buildBoard,
  MOST_DISTRICTS,
  MOST_TREND,
  MOST_WARNINGS,
  meanRisk,
  OTHERS,
} from './build-board.ts'

const NOW = Date.UTC(2026, 10, 22, 6)

function view(shard: number, cells: ShardView['cells'], sealedUntil = NOW): ShardView {
  const enterprises = Object.values(cells).reduce((sum, [count]) => sum + count, 0)
  return {
    shard,
    sealedUntil,
    enterprises,
    cells,
    classes: { A: enterprises, B: 0, C: 0, D: 0 },
    levels: { red: 0, orange: 0, yellow: 0, blue: 0, none: enterprises },
    risers: [],
  }
}

function inputs(changes: Partial<BoardInputs>): BoardInputs {
  return {
    card: CITY_CARD,
    names: CITY_NAMES,
    shards: [],
    feeds: [],
    warnings: [],
    plan: undefined,
    trend: {},
    received: [],
    delayMs: undefined,
    at: NOW,
    ...changes,
  }
}

describe('the board of a city', () => {
  it('adds its shards up, and gives the mean risk of a cell over all of them', () => {
    const board = buildBoard(
      inputs({
        shards: [view(0, { '990101|H': [3, 300, 1] }), view(1, { '990101|H': [1, 300, 1], '990102|C': [2, 20, 0] })],
      }),
    )
    expect(board.totals.enterprises).toBe(6)
    expect(board.heat.cells).toEqual({ '990101|H': [4, 1500, 2], '990102|C': [2, 100, 0] })
    expect(meanRisk(board)).toBe(1033)
  })

  it('is sealed only as far as its slowest shard', () => {
    const shards = [view(0, {}, NOW), view(1, {}, NOW - 60_000)]
    expect(buildBoard(inputs({ shards })).sealedUntil).toBe(NOW - 60_000)
    expect(buildBoard(inputs({})).sealedUntil).toBe(0)
  })

  it('shows the gravest and newest warnings, counts all that are open, and no closed one', () => {
    const many = Array.from({ length: 90 }, (_, i): Warning => ({ ...fixtureWarning(i % 20, NOW), id: `w${i}` }))
    const closed: Warning = { ...fixtureWarning(0, NOW), id: 'closed', level: 'red', state: 'closed' }
    const board = buildBoard(inputs({ warnings: [...many, closed] }))
    expect(board.totals.openWarnings).toBe(90)
    const expected = many.toSorted(compareWarnings).slice(0, MOST_WARNINGS)
    expect(Object.keys(board.warnings).toSorted()).toEqual(expected.map((one) => one.id).toSorted())
  })

  it('keeps the map within its bounds and its sum whole, however many districts there are', () => {
    const cell = fc.tuple(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 1, max: 9 }),
    )
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 120 }), (made) => {
        const cells: Record<string, [number, number, number]> = {}
        for (const [district, industry, count] of made) cells[`d${district}|i${industry}`] = [count, count * 100, 0]
        const board = buildBoard(inputs({ shards: [view(0, cells)] }))
        expect(board.heat.districts.length).toBeLessThanOrEqual(MOST_DISTRICTS)
        const shown = Object.values(board.heat.cells).reduce((sum, [count]) => sum + count, 0)
        expect(shown).toBe(board.totals.enterprises)
        for (const key of Object.keys(board.heat.cells)) {
          const [district = '', industry = ''] = key.split('|')
          expect(board.heat.districts).toContain(district)
          expect(board.heat.industries).toContain(industry)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('gathers what does not fit under others, and keeps the order of the policy', () => {
    const cells = Object.fromEntries(
      ['990103', '990101', ...Array.from({ length: 30 }, (_, i) => `x${i}`)].map(
        (code, i): [string, [number, number, number]] => [`${code}|H`, [100 - i, 0, 0]],
      ),
    )
    const { districts } = buildBoard(inputs({ shards: [view(0, cells)] })).heat
    expect(districts.slice(0, 2)).toEqual(['990101', '990103'])
    expect(districts.at(-1)).toBe(OTHERS)
  })

  it('keeps the newest points of the trend only', () => {
    const trend = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [String(NOW + i), [i, 0] as const]))
    const kept = Object.keys(buildBoard(inputs({ trend })).trend)
    expect(kept).toHaveLength(MOST_TREND)
    expect(kept).toContain(String(NOW + 199))
  })

  it('holds no null, which a merge patch could not carry', () => {
    const text = JSON.stringify(buildBoard(inputs({ warnings: [fixtureWarning(1, NOW)] })))
    expect(text).not.toContain('null')
  })
})
