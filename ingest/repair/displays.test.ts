import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { Observation } from '../../core/observation.ts'
import { type TestHistory, withHistory } from '../../test/support/embedded.ts'
import { fixedClock, readLog, readTopic } from '../../test/support/ingest-fixture.ts'
import { observation } from '../../test/support/observations.ts'
import { createDisplays, type Displays } from './displays.ts'
import { createRepairs } from './repairs.ts'
import { type RepairRules, readRepairRules } from './rule-set.ts'

const FOLDER = new URL('../../policies/repair/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
const SETS = readdirSync(FOLDER).filter((name) => name !== 'choice.json')
const RULES = readRepairRules(SETS.map(read), read('choice.json'))
/** 2026-11-25, under Order 36: a year for general records, three for serious ones. */
const NOW = Date.UTC(2026, 10, 24, 16)
const local = (date: string) => Date.parse(`${date}T00:00:00+08:00`)

let store: TestHistory
let log: EventLog
let realm = 0
let name = ''

beforeAll(async () => {
  store = await withHistory()
}, 60_000)
afterAll(() => store.stop(), 60_000)
beforeEach(() => {
  log = createMemoryEventLog()
  name = `displays-${realm++}`
})

function ports(rules: RepairRules) {
  const { history } = store
  const common = { realm: name, log, history, rules, zoneOffsetMinutes: 480, now: () => NOW, wall: fixedClock }
  return { ...common, addWorkingDays: () => ({ at: NOW, provisional: false }), hide: (text: string) => text }
}

const displays = (rules = RULES): Displays => createDisplays(ports(rules))

type Row = Partial<Observation> & { readonly record: string }

let inserted = 0
async function filed(...rows: readonly Row[]): Promise<void> {
  const all = rows.map((row) => observation({ ...row, realm: name }))
  const bytes = Buffer.from(all.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await store.history.insert('observations', bytes, `${name} ${inserted++}`)
}

/** What was decided gets into the history, as the alert role brings it there. */
async function decisionsArrive(): Promise<void> {
  const rows = (await readTopic(log, 'decisions', name)).flatMap(({ bytes }) =>
    Buffer.from(bytes)
      .toString()
      .trim()
      .split('\n')
      .map((body) => {
        const { id, type, at } = JSON.parse(body)
        return `${JSON.stringify({ realm: name, id, type, at, body })}\n`
      }),
  )
  await store.history.insert('decisions', Buffer.from(rows.join('')), `${name} ${inserted++}`)
}

const penalty = (record: string, date: string, more: Partial<Observation> = {}): Row => ({
  ...{ feed: 'penalties', part: 'penalty', id: `penalties/${record}/penalty`, kind: 'penalty' },
  ...{ cause: 'price-fraud', decided: local(date), known: local(date), facts: { severity: 'general' }, ...more },
  record,
})

/** A list of serious offences, as its entry is dated. */
const serious = (record: string, date: string, facts: Readonly<Record<string, string>> = {}): Row => ({
  ...{ feed: 'lists', part: 'list-entry', id: `lists/${record}/list-entry`, kind: 'list-entry', record, cause: '' },
  ...{ decided: local(date), known: local(date), facts: { list: 'serious', ...facts } },
})

describe('the display of lists of serious offences', () => {
  it('ends by the rules of the day of the listing: after five years until August 2021, after three since', async () => {
    await filed(
      serious('of-2021-june', '2021-06-01'),
      serious('of-2021-october', '2021-11-24'),
      serious('of-2021-august', '2021-08-31'),
      serious('of-2021-september', '2021-09-01'),
      serious('silent', '2021-06-01', { 'listed-for': 'abnormal-three-years' }),
    )
    expect(await displays().endDue(100)).toMatchObject([
      { target: 'lists/of-2021-august/list-entry', at: local('2026-08-31'), rules: 'ndrc-36-2026/serious-list-2016' },
      { target: 'lists/of-2021-june/list-entry', at: local('2026-06-01'), rules: 'ndrc-36-2026/serious-list-2016' },
      { target: 'lists/of-2021-october/list-entry', at: local('2024-11-24'), rules: 'ndrc-36-2026/serious-list' },
      { target: 'lists/of-2021-september/list-entry', at: local('2024-09-01'), rules: 'ndrc-36-2026/serious-list' },
      { target: 'lists/silent/list-entry', at: local('2026-06-01'), rules: 'ndrc-36-2026/serious-list-2016-silence' },
    ])
  })

  it('of before September 2021 can be left sooner only by whom three years of abnormal operation have put there', async () => {
    await filed(
      serious('other', '2021-06-01'),
      serious('silent', '2021-06-01', { 'listed-for': 'abnormal-three-years' }),
    )
    const repairs = createRepairs({ ...ports(RULES), now: () => local('2021-07-01'), superiorOf: () => 'duty-desk' })
    const open = (record: string) => repairs.open({ target: `lists/${record}/list-entry`, by: 'li' })
    await expect(open('other')).rejects.toMatchObject({ reason: 'not-repairable' })
    expect(await open('silent')).toMatchObject({ state: 'open', earliest: local('2021-06-01') })
  })
})

describe('the display of records that nobody has repaired', () => {
  it('ends when its longest period is over, once, each end an entry of the log', async () => {
    await filed(
      penalty('over', '2025-11-25'),
      penalty('last-day', '2025-11-26'),
      penalty('serious', '2025-01-01', { facts: { severity: 'serious' } }),
      penalty('food', '2025-01-01', { cause: 'food-hygiene' }),
      penalty('old-and-serious', '2023-11-01', { facts: { severity: 'serious' } }),
      penalty('never-shown', '2024-01-01', { facts: { severity: 'minor' } }),
      penalty('undated', '2024-01-01', { decided: 0 }),
    )
    const ended = await displays().endDue(100)
    expect(ended).toMatchObject([
      { target: 'penalties/old-and-serious/penalty', at: local('2026-11-01'), rules: 'ndrc-36-2026', used: true },
      { target: 'penalties/over/penalty', at: local('2026-11-25'), dated: local('2025-11-25'), used: true },
    ])
    const logged = (await readTopic(log, 'decisions', name)).flatMap(({ bytes }) =>
      Buffer.from(bytes).toString().trim().split('\n'),
    )
    expect(logged.map((line) => JSON.parse(line))).toEqual(ended)
    await decisionsArrive()
    expect(await displays().endDue(100)).toEqual([])
    expect((await displays().list(10)).map(({ target }) => target)).toEqual(ended.map(({ target }) => target).reverse())
    expect((await readLog(log, name)).observations).toEqual([])
  })

  it('ends of a list whose rules name an end, and of no other; that the number is not confirmed is said', async () => {
    const entry = (record: string, date: string, list: string, more: Partial<Observation> = {}): Row => ({
      ...{
        feed: 'operation-lists',
        part: 'list-entry',
        id: `operation-lists/${record}/list-entry`,
        kind: 'list-entry',
      },
      ...{ cause: '', decided: local(date), known: local(date), facts: { list }, ...more },
      record,
    })
    await filed(
      entry('over', '2023-11-24', 'serious'),
      entry('by-known', '2023-10-01', 'serious', { decided: 0 }),
      entry('not-yet', '2023-11-26', 'serious'),
      entry('abnormal', '2019-01-01', 'abnormal'),
      entry('removed', '2023-01-01', 'serious'),
      entry('removed', '2023-01-01', 'serious', { version: 2, content: 'b', gone: 1, facts: {} }),
      { ...entry('act', '2019-01-01', 'serious'), kind: 'administrative-act' },
    )
    const ended = await displays().endDue(100)
    expect(ended).toMatchObject([
      { target: 'operation-lists/by-known/list-entry', at: local('2026-10-01'), provisional: true, used: true },
      { target: 'operation-lists/over/list-entry', at: local('2026-11-24'), rules: 'ndrc-36-2026/serious-list' },
    ])
    await decisionsArrive()
    expect(await displays().endDue(100)).toEqual([])
    const without = { ...RULES, sets: RULES.sets.map(({ others: _, ...set }) => set) }
    await filed(entry('later', '2023-11-24', 'serious'))
    expect(await displays(without).endDue(100)).toEqual([])
  })

  it('ends where the record itself says so, if that is sooner than the longest period and not before the shortest', async () => {
    const until = (date: string) => ({ facts: { severity: 'general', until: String(local(date) - 1) } })
    await filed(
      penalty('sooner', '2026-01-10', until('2026-08-11')),
      penalty('before-the-shortest', '2026-09-20', until('2026-10-01')),
      penalty('shortest-is-over', '2026-08-01', until('2026-09-01')),
      penalty('later', '2025-11-20', until('2099-12-31')),
      penalty('unreadable', '2026-01-10', { facts: { severity: 'general', until: '长期' } }),
      penalty('never-shown', '2026-01-10', { facts: { severity: 'minor', until: String(local('2026-02-10')) } }),
    )
    expect((await displays().endDue(100)).map(({ target, at, rules }) => [target, at, rules])).toEqual([
      ['penalties/later/penalty', local('2026-11-20'), 'ndrc-36-2026'],
      ['penalties/shortest-is-over/penalty', local('2026-11-01'), 'ndrc-36-2026/stated'],
      ['penalties/sooner/penalty', local('2026-08-11'), 'ndrc-36-2026/stated'],
    ])
  })

  const permit = (record: string, until: string, more: Partial<Observation> = {}): Row => ({
    ...{ feed: 'permits', part: 'permit', id: `permits/${record}/permit`, kind: 'permit', cause: '' },
    ...{ decided: local('2025-01-01'), known: local('2025-01-01'), facts: { until: String(local(until) - 1) } },
    ...more,
    record,
  })

  it('ends of a permit with its validity, and again of one that was renewed and has run out anew', async () => {
    await filed(
      permit('over', '2026-11-01'),
      permit('valid', '2026-12-01'),
      permit('without', '2026-11-01', { facts: {} }),
    )
    const first = await displays().endDue(100)
    expect(first.map(({ target, at, rules, used }) => [target, at, rules, used])).toEqual([
      ['permits/over/permit', local('2026-11-01'), 'ndrc-36-2026/permit/stated', true],
    ])
    await decisionsArrive()
    const version = (n: number, until: string) => permit('over', until, { version: n, content: `over-${n}` })
    // The source says the same again, then that it has been renewed: neither is an end of its own.
    await filed(version(2, '2026-11-01'))
    expect(await displays().endDue(100)).toEqual([])
    await filed(version(3, '2026-12-01'))
    expect(await displays().endDue(100)).toEqual([])
    await filed(version(4, '2026-11-20'))
    expect((await displays().endDue(100)).map(({ target, at }) => [target, at])).toEqual([
      ['permits/over/permit', local('2026-11-20')],
    ])
    await decisionsArrive()
    expect(await displays().endDue(100)).toEqual([])
    expect((await displays().list(10)).map(({ target, at }) => [target, at])).toEqual([
      ['permits/over/permit', local('2026-11-20')],
    ])
  })

  it('ends of a judgment defaulter after two years, and after five where enforcement was resisted', async () => {
    const listing = (record: string, date: string, more: Partial<Observation> = {}): Row => ({
      ...{ feed: 'court-bulletins', part: 'listing', id: `court-bulletins/${record}/listing`, kind: 'court-listing' },
      ...{ cause: 'enforcement-default', decided: local(date), known: local(date), facts: {}, ...more },
      record,
    })
    await filed(
      listing('over', '2024-11-25'),
      listing('not-yet', '2024-11-26'),
      listing('resisted', '2024-01-01', { facts: { term: 'extended' } }),
      listing('resisted-long-ago', '2021-11-25', { facts: { term: 'extended' } }),
      listing('false-litigation', '2019-01-01', { cause: 'false-litigation' }),
    )
    expect(
      (await displays().endDue(100)).map(({ target, rules, provisional }) => [target, rules, provisional]),
    ).toEqual([
      ['court-bulletins/over/listing', 'ndrc-36-2026/judgment-defaulter', true],
      ['court-bulletins/resisted-long-ago/listing', 'ndrc-36-2026/judgment-defaulter-longer', true],
    ])
  })

  it('leaves alone what was withdrawn, taken back, or has a repair of its own', async () => {
    const rows = ['gone', 'withdrawn', 'struck', 'lifted', 'repaired'].map((record) => penalty(record, '2025-01-01'))
    const retraction = (by: string, target: string, more: Partial<Observation> = {}): Row => ({
      ...{ feed: 'objections', part: 'retraction', id: `objections/${by}/retraction`, kind: 'withdrawal' },
      ...{ facts: { retracts: target }, known: local('2025-02-01'), ...more },
      record: by,
    })
    await filed(
      ...rows,
      penalty('gone', '2025-01-01', { version: 2, content: 'b', gone: 1, facts: {} }),
      penalty('withdrawn', '2025-01-02', {
        part: 'withdrawal',
        id: 'penalties/withdrawn/withdrawal',
        kind: 'withdrawal',
      }),
      retraction('o1', 'penalties/struck/'),
      retraction('o2', 'penalties/lifted/penalty', { version: 1 }),
      retraction('o2', 'penalties/lifted/penalty', { version: 2, content: 'b', gone: 1 }),
    )
    await createRepairs({ ...ports(RULES), superiorOf: () => 'duty-desk' }).open({
      target: 'penalties/repaired/penalty',
      by: 'li',
    })
    await decisionsArrive()
    expect((await displays().endDue(100)).map(({ target }) => target)).toEqual(['penalties/lifted/penalty'])
  })

  it('ends once for a record that several share, and for one that has moved to another enterprise', async () => {
    const [a, b, c] = ['uscc:a', 'uscc:b', 'uscc:c'] as const
    await filed(
      penalty('shared', '2025-01-01', { subject: a }),
      penalty('shared', '2025-01-01', { subject: b }),
      penalty('moved', '2025-01-01', { subject: a }),
      penalty('moved', '2025-01-01', { subject: a, content: '~1', gone: 1, facts: {} }),
      penalty('moved', '2025-01-01', { subject: c }),
    )
    const sets = RULES.sets.map((set) => ({ ...set, useAfterMaximum: false }))
    const ended = await displays({ ...RULES, sets }).endDue(100)
    expect(ended.map(({ target, enterprise }) => [target, enterprise])).toEqual([
      ['penalties/moved/penalty', c],
      ['penalties/shared/penalty', a],
    ])
    const { observations } = await readLog(log, name)
    expect(observations.map(({ subject, facts }) => [subject, facts.retracts]).sort()).toEqual([
      [a, 'penalties/shared/penalty'],
      [b, 'penalties/shared/penalty'],
      [c, 'penalties/moved/penalty'],
    ])
  })

  it('takes them out of use where the rules say so, as many at once as it is told', async () => {
    const sets = RULES.sets.map((set) => ({ ...set, useAfterMaximum: false }))
    await filed(...['a', 'b', 'c'].map((record) => penalty(record, '2025-01-01')))
    const strict = displays({ ...RULES, sets })
    const first = await strict.endDue(2)
    expect(first.map(({ target, used }) => [target, used])).toEqual([
      ['penalties/a/penalty', false],
      ['penalties/b/penalty', false],
    ])
    await decisionsArrive()
    expect((await strict.endDue(2)).map(({ target }) => target)).toEqual(['penalties/c/penalty'])
    const { observations } = await readLog(log, name)
    expect(observations.map(({ kind, facts, known }) => [kind, facts.retracts, known])).toEqual(
      ['a', 'b', 'c'].map((record) => ['repair', `penalties/${record}/penalty`, NOW]),
    )
  })
})
