import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Reject, RejectReason } from '../core/reject.ts'
import { DAY_MS } from '../core/time.ts'
import { CITY_CARD, CITY_NAMES } from '../test/support/board-city.ts'
import { type TestHistory, withHistory } from '../test/support/embedded.ts'
import type { RejectsPage } from './steward-model.ts'
import { readRejectsPage } from './steward-rejects.ts'

/** Half an hour after midnight in Taiyuan: yesterday in UTC. */
const NOW = Date.UTC(2026, 10, 21, 16, 30)
/** The store deletes by the wall's clock what is older. */
const KEPT = Date.UTC(2100, 0, 1)
const PERSON = '140105199001011234'
const PHONE = '13912345678'

let store: TestHistory
let page: RejectsPage

function reject(id: string, reason: RejectReason, change: Partial<Reject> = {}): Reject {
  return {
    ...{
      realm: CITY_CARD.realm,
      feed: 'penalties',
      id,
      reason,
      source: 'a.csv',
      line: 2,
      hint: '',
      authority: 'ecology',
    },
    ...{ record: '', subject: '', known: 0, format: 'csv', encoding: 'utf-8', columns: [], around: {} },
    ...{ sealed: 'c2VhbGVk', received: NOW - DAY_MS, until: KEPT + DAY_MS },
    ...change,
  }
}

beforeAll(async () => {
  store = await withHistory()
  const lines = (rows: readonly object[]) => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const rejects = [
    reject('p/1', 'bad-date', { hint: 'CF_JDRQ: "2026-02-30" is no date', received: NOW }),
    reject('p/2', 'bad-date', { hint: `CF_JDRQ: "${PERSON}" is no date`, until: KEPT }),
    reject('p/3', 'bad-number', { hint: `CF_NR_FK: ${PHONE}`, source: `${PERSON} ${PHONE}.csv`, feed: 'permits' }),
    reject('p/4', 'bad-date', { hint: 'CF_JDRQ: "x" is no date' }),
    reject('p/7', 'bad-check-digit', { hint: 'CF: character 18 should be J (GB 32100)', realm: 'codes' }),
    reject('p/8', 'bad-check-digit', { hint: 'CF: character 18 should be 1 (GB 32100)', realm: 'codes' }),
    reject('p/5', 'bad-date', { until: NOW - 1 }),
    reject('p/6', 'bad-date', { realm: 'other' }),
  ]
  await store.history.insert('rejects', lines(rejects), 'rejects')
  const state = {
    state: 'replayed',
    realm: CITY_CARD.realm,
    feed: 'penalties',
    id: 'p/4',
    by: 'li',
    at: NOW,
    bytes: '',
  }
  await store.history.insert('reject_states', lines([state]), 'states')
  page = await readRejectsPage(store.history, { ...CITY_CARD, names: CITY_NAMES, authorities: {}, at: NOW })
})
afterAll(() => store.stop())

describe('the page of rejects', () => {
  it('counts what is open and what is settled, of this realm and while its bytes are kept', () => {
    expect(page.totals).toEqual({ open: 3, ended: 1, today: 1, feeds: 2, soonest: KEPT })
  })

  it('has thirty civil days, the realm’s own, the last of them today', () => {
    expect(page.days).toHaveLength(30)
    expect(page.days.slice(-2)).toEqual([
      ['2026-11-21', 2, 1],
      ['2026-11-22', 1, 0],
    ])
  })

  it('puts together what is wrong in the same way', () => {
    const kinds = page.groups.map(({ feed, reason, shape, open, ended }) => [feed, reason, shape, open, ended])
    expect(kinds).toEqual([
      ['penalties', 'bad-date', 'CF_JDRQ: "…" is no date', 2, 1],
      ['permits', 'bad-number', 'CF_NR_FK: #', 1, 0],
    ])
  })

  it('does not tell wrong check digits apart by the right ones', async () => {
    const frame = { ...CITY_CARD, realm: 'codes', names: CITY_NAMES, authorities: {}, at: NOW }
    const { groups } = await readRejectsPage(store.history, frame)
    expect(groups.map(({ shape, open }) => [shape, open])).toEqual([['CF: character # should be … (GB #)', 2]])
  })

  it('names the newest by their place, the settled no more', () => {
    expect(page.newest.map(({ id }) => id)).toEqual(['p/1', 'p/2', 'p/3'])
  })

  it('shows no number of a person or phone, and no bytes', () => {
    const said = JSON.stringify(page)
    expect(said).not.toContain(PERSON)
    expect(said).not.toContain(PHONE)
    expect(said).not.toContain('c2VhbGVk')
    expect(page.newest[2]?.source).toBe('… ….csv')
  })
})
