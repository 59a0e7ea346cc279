import { afterAll, beforeAll, expect, it } from 'vitest'
import { cellPeriods } from '../core/cell-history.ts'
import type { SealedPeriod } from '../core/cells.ts'
import { DAY_MS } from '../core/time.ts'
import { type TestHistory, withHistory } from '../test/support/embedded.ts'
import { openCellRows } from './cell-rows.ts'
import type { PeriodStreams } from './period-streams.ts'
import { createSide } from './side.ts'

const WEEK = 7 * DAY_MS
const STREAMS: PeriodStreams = { realm: 'city', aside: 'city', from: Number.NEGATIVE_INFINITY, periodMs: WEEK }
const common = { realm: 'city', examples: {}, ties: {} }
const old = { start: 0, end: WEEK, examples: {}, gone: {} }

const PERIODS: readonly SealedPeriod[] = [
  { ...common, start: 0, end: WEEK, effective: 2 * WEEK, counts: { around: { a: 3, b: 1 } } },
  { ...common, start: WEEK, end: 2 * WEEK, effective: 3 * WEEK, counts: { around: { a: 2 } } },
  {
    ...{ ...common, start: 2 * WEEK, end: 3 * WEEK, effective: 4 * WEEK, counts: {} },
    restated: [{ ...old, counts: { around: { a: -1, b: -1, c: 1 } } }],
  },
  {
    ...{ ...common, start: 3 * WEEK, end: 4 * WEEK, effective: 5 * WEEK, counts: { around: { a: 1 } } },
    restated: [{ ...old, counts: { around: { a: -1 } } }],
  },
]

let store: TestHistory
beforeAll(async () => {
  store = await withHistory()
})
afterAll(() => store.stop())

/** As a process does it that is started, and reads all that was ever sealed: answers how many lines it wrote. */
async function write(periods: readonly SealedPeriod[], token: string): Promise<number> {
  const side = createSide(WEEK)
  const rows = await openCellRows(store.history, STREAMS, side)
  for (const period of periods) {
    side.take(period)
    rows.add(period)
  }
  const lines = rows.lines()
  if (lines === undefined) return 0
  await store.history.insert('cells', lines, token)
  return Buffer.from(lines).toString().trim().split('\n').length
}

it('writes whole counts of what a period says and restates, and behind what is there the rest alone', async () => {
  expect(await write(PERIODS.slice(0, 2), 'first')).toBe(3)
  // The newest is written again: it may have been cut off.
  expect(await write(PERIODS, 'second')).toBe(6)
  const as = async (known: number) => {
    const question = { realm: 'city', cell: 'around', from: 0, through: WEEK, known }
    return (await cellPeriods(store.history, question)).map(({ key, count, recorded }) => [key, count, recorded / WEEK])
  }
  expect(await as(2 * WEEK)).toEqual([
    ['a', 3, 1],
    ['b', 1, 1],
  ])
  expect(await as(3 * WEEK)).toEqual([
    ['a', 2, 3],
    ['c', 1, 3],
  ])
  expect(await as(4 * WEEK)).toEqual([
    ['a', 1, 4],
    ['c', 1, 3],
  ])
})
