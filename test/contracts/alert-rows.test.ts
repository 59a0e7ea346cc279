import { afterAll, beforeAll, expect, test } from 'vitest'
import { decisionRows } from '../../alerts/entries.ts'
import { ndjson, noticeRow } from '../../alerts/outgoing.ts'
import type { Decision } from '../../core/decision.ts'
import { noticeOfWarning, warningOf } from '../support/alert-policy.ts'
import { type TestHistory, withHistory } from '../support/embedded.ts'

let store: TestHistory
beforeAll(async () => {
  store = await withHistory()
})
afterAll(() => store.stop())

test('what the alert role writes fits the tables of the history, and repeats add nothing', async () => {
  const { history } = store
  const decision: Decision = {
    ...{ type: 'warning-decided', realm: 'city', id: 'd1', warning: warningOf().id },
    ...{ to: 'confirmed', by: 'duty', note: '已电话核实', at: 1 },
  }
  for (let time = 0; time < 2; time++) {
    await history.insert('warnings', ndjson([warningOf()]), 'warnings')
    await history.insert('notices', ndjson([noticeRow(noticeOfWarning(), 'made')]), 'notices')
    await history.insert('decisions', ndjson(decisionRows([decision])), 'decisions')
  }
  const all = async (table: string) => history.query<Record<string, unknown>>(`SELECT * FROM ${table}`, {})
  expect(await all('warnings')).toEqual([warningOf()])
  const [notice] = await all('notices')
  expect(notice).toMatchObject({ id: noticeOfWarning().id, state: 'made', receiver: 'food-bureau' })
  expect(JSON.parse(String(notice?.body))).toEqual(noticeOfWarning())
  expect(await all('decisions')).toMatchObject([{ id: 'd1', type: 'warning-decided' }])
})
