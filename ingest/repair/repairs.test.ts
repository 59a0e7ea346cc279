import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import type { Observation } from '../../core/observation.ts'
import { DAY_MS } from '../../core/time.ts'
import { type TestHistory, withHistory } from '../../test/support/embedded.ts'
import { fixedClock } from '../../test/support/ingest-fixture.ts'
import { observation } from '../../test/support/observations.ts'
import type { Repair } from './repair.ts'
import { createRepairs, type Repairs } from './repairs.ts'
import { readRepairRules } from './rule-set.ts'

const FOLDER = new URL('../../policies/repair/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
const RULES = readRepairRules(
  readdirSync(FOLDER)
    .filter((name) => name !== 'choice.json')
    .map(read),
  read('choice.json'),
)
const local = (date: string) => Date.parse(`${date}T00:00:00+08:00`)

let store: TestHistory
let realm = 0

beforeAll(async () => {
  store = await withHistory()
}, 60_000)
afterAll(() => store.stop(), 60_000)

/** A city in which one record was filed, and its repairs as of any day. */
let inserted = 0
async function filed(row: Partial<Observation> & Pick<Observation, 'kind' | 'facts'>) {
  const name = `repairs-${realm++}`
  const one = observation({ feed: 'lists', record: 'r', cause: '', decided: local('2025-03-10'), realm: name, ...row })
  await store.history.insert('observations', Buffer.from(`${JSON.stringify(one)}\n`), name)
  const log = createMemoryEventLog()
  const common = { realm: name, log, history: store.history, rules: RULES, zoneOffsetMinutes: 480, wall: fixedClock }
  const on = (date: string): Repairs =>
    createRepairs({
      ...common,
      now: () => local(date),
      addWorkingDays: (at, days) => ({ at: at + days * DAY_MS, provisional: false }),
      superiorOf: (authority) => `above-${authority}`,
      hide: (text) => text,
    })
  const again = async (more: Partial<Observation>) => {
    const row = { ...one, version: one.version + ++inserted, ...more }
    await store.history.insert('observations', Buffer.from(`${JSON.stringify(row)}\n`), `${name} ${inserted}`)
  }
  return { target: one.id, on, again }
}

async function proven(repairs: Repairs, target: string) {
  const { id } = await repairs.open({ target, by: 'li' })
  for (const proof of ['promise', 'proof'] as const) await repairs.bring({ repair: id, proof, document: 'd', by: 'li' })
  return id
}

describe('a repair of a record that is no penalty', () => {
  it('of a list of serious offences may be asked for after its own year, and says from when at once', async () => {
    const { target, on } = await filed({ kind: 'list-entry', facts: { list: 'serious', ground: '提交虚假材料' } })
    const early = on('2026-03-09')
    const repair = await proven(early, target)
    expect(await early.show(repair)).toMatchObject({ state: 'open', earliest: local('2026-03-10') })
    await expect(early.request({ repair, by: 'li' })).rejects.toThrow('2026-03-10')
    const asked = await on('2026-03-10').request({ repair, by: 'li' })
    expect(asked).toMatchObject({ state: 'requested', rules: 'ndrc-58-2023/serious-list', provisional: true })
    // Of what the record says, the case holds what rules read alone.
    expect(asked.shown).toMatchObject({ kind: 'list-entry', facts: { list: 'serious' } })
  })

  it('ends with the display of that record, not with that of a penalty', async () => {
    const { target, on } = await filed({ kind: 'list-entry', facts: { list: 'serious' } })
    await proven(on('2026-03-10'), target)
    expect(await on('2028-03-09').endDue()).toEqual([])
    expect(await on('2028-03-10').endDue()).toMatchObject([{ state: 'ended', rules: 'ndrc-36-2026/serious-list' }])
    expect(await on('2028-03-11').endDue()).toEqual([])
  })

  it('of a list of abnormal operation may be asked for at once, and never ends by itself', async () => {
    const { target, on } = await filed({ kind: 'list-entry', facts: { list: 'abnormal' } })
    const repair = await proven(on('2025-03-11'), target)
    expect(await on('2040-01-01').endDue()).toEqual([])
    expect(await on('2025-03-11').request({ repair, by: 'li' })).toMatchObject({ state: 'requested' })
  })

  it('is granted by the rules under which it was asked', async () => {
    const { target, on } = await filed({ kind: 'court-listing', cause: 'enforcement-default', facts: {} })
    const repair = await proven(on('2026-03-30'), target)
    await on('2026-03-31').request({ repair, by: 'li' })
    const granted = await on('2026-04-02').answer({ repair, granted: true, reason: '已履行', by: 'li' })
    expect(granted).toMatchObject({ state: 'granted', rules: 'ndrc-58-2023/judgment-defaulter' })
  })

  it('that is not answered in time is told to the superior, once, also after a crash in between, and may still be granted', async () => {
    const { target, on } = await filed({ kind: 'list-entry', facts: { list: 'abnormal' } })
    const repair = await proven(on('2026-05-04'), target)
    await on('2026-05-04').request({ repair, by: 'li' })
    const told: string[] = []
    const tell = async ({ id, state, superior }: Repair) => void told.push(`${id} ${state} ${superior}`)
    await on('2026-05-13').markOverdue(tell)
    expect(told).toEqual([])
    const crash = on('2026-05-14').markOverdue(() => Promise.reject(new Error('killed')))
    await expect(crash).rejects.toThrow('killed')
    await on('2026-05-15').markOverdue(tell)
    await on('2026-05-16').markOverdue(tell)
    expect(told).toEqual([`${repair} overdue above-market`])
    expect(await on('2026-05-16').show(repair)).toMatchObject({ state: 'overdue', superior: 'above-market' })
    const granted = await on('2026-05-17').answer({ repair, granted: true, reason: '已移出', by: 'li' })
    expect(granted).toMatchObject({ state: 'granted' })
  })

  it('of a judgment defaulter is answered in the three working days of a court', async () => {
    const { target, on } = await filed({ kind: 'court-listing', cause: 'enforcement-default', facts: {} })
    const repair = await proven(on('2026-05-04'), target)
    expect(await on('2026-05-04').request({ repair, by: 'li' })).toMatchObject({
      due: local('2026-05-07'),
      rules: 'ndrc-36-2026/judgment-defaulter',
    })
  })

  describe('that was granted', () => {
    async function granted() {
      const one = await filed({ kind: 'list-entry', facts: { list: 'abnormal' } })
      const repair = await proven(one.on('2026-05-04'), one.target)
      await one.on('2026-05-04').request({ repair, by: 'li' })
      const { stopBy } = await one.on('2026-05-05').answer({ repair, granted: true, reason: '已移出', by: 'li' })
      expect(stopBy).toBe(local('2026-05-08'))
      const told: string[] = []
      const tell = async ({ id, stillShown }: Repair) => void told.push(`${id} ${stillShown}`)
      return { ...one, repair, told, tell }
    }

    it('and is shown after its day is told to the superior, once, also after a crash in between', async () => {
      const { on, repair, told, tell } = await granted()
      await on('2026-05-07').markStopped(tell)
      expect(told).toEqual([])
      await expect(on('2026-05-08').markStopped(() => Promise.reject(new Error('killed')))).rejects.toThrow('killed')
      await on('2026-05-09').markStopped(tell)
      await on('2026-05-10').markStopped(tell)
      expect(told).toEqual([`${repair} above-market`])
      expect(await on('2026-05-10').show(repair)).toMatchObject({ state: 'granted', stopped: 0 })
    })

    it('and of which a document says that it is shown no more is not told', async () => {
      const { on, repair, told, tell } = await granted()
      await on('2026-05-06').stopped({ repair, document: '回执1号', by: 'li' })
      await on('2026-05-10').markStopped(tell)
      expect(told).toEqual([])
      expect(await on('2026-05-10').show(repair)).toMatchObject({ stopped: local('2026-05-06') })
    })

    it('and which its source has taken back is seen to be shown no more', async () => {
      const { on, again, repair, told, tell } = await granted()
      await again({ gone: 1 })
      await on('2026-05-10').markStopped(tell)
      expect(told).toEqual([])
      expect(await on('2026-05-10').show(repair)).toMatchObject({ stopped: local('2026-05-10'), stillShown: '' })
    })
  })

  it('is refused where there is nothing to repair', async () => {
    const { target, on } = await filed({ kind: 'permit', facts: {} })
    const opened = on('2026-03-10').open({ target, by: 'li' })
    await expect(opened).rejects.toMatchObject({ reason: 'not-repairable' })
  })
})
