import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestHistory, withHistory } from '../test/support/embedded.ts'
import { cellPeriods } from './cell-history.ts'
import { AS_KNOWN_NOW } from './risk-history.ts'
import { DAY_MS } from './time.ts'

const REALM = 'city'
const MARCH = Date.UTC(2026, 2, 1)
const week = (number: number) => MARCH + number * 7 * DAY_MS

let store: TestHistory
beforeAll(async () => {
  store = await withHistory()
  const row = (ended: number, count: number, recorded = ended, key = 'place:1') => ({
    ...{ realm: REALM, cell: 'by-place', key, ended, recorded, effective: recorded + 7 * DAY_MS, count },
  })
  // Of the three complaints of the first week one is taken back in the fifth, and the only one of the second in the sixth.
  const rows = [row(week(1), 3), row(week(2), 1), row(week(2), 4, week(2), 'place:2'), row(week(1), 2, week(5))]
  const lines = [...rows, row(week(2), 0, week(6))].map((one) => `${JSON.stringify(one)}\n`)
  await store.history.insert('cells', Buffer.from(lines.join('')), 'first')
  await store.history.insert('cells', Buffer.from(lines.join('')), 'said once more')
})
afterAll(() => store.stop())

it('says of each period what was counted in it, as it was known on any day', async () => {
  const known = async (instant: number) => {
    const question = { realm: REALM, cell: 'by-place', from: MARCH, through: week(2), known: instant }
    return (await cellPeriods(store.history, question)).map(({ key, ended, count }) => [ended, key, count])
  }
  expect(await known(week(1))).toEqual([[week(1), 'place:1', 3]])
  const inTime = [week(2), 'place:2', 4]
  expect(await known(week(5) - 1)).toEqual([[week(1), 'place:1', 3], [week(2), 'place:1', 1], inTime])
  expect(await known(week(5))).toEqual([[week(1), 'place:1', 2], [week(2), 'place:1', 1], inTime])
  expect(await known(AS_KNOWN_NOW)).toEqual([[week(1), 'place:1', 2], inTime])
})
