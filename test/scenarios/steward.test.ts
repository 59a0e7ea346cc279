import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FeedPolicy } from '../../core/policy.ts'
import { DAY_MS } from '../../core/time.ts'
import { settleAll } from '../../ingest/identity/settle.ts'
import { markResolved, releaseParked } from '../../ingest/rejects/reject-rounds.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { COMPLAINTS, NOW, PERMITS, readLog, readTopic } from '../support/ingest-fixture.ts'
import { openStewardCity, type StewardCity } from '../support/steward-city.ts'

const A = '91140105MA0T100092'
const B = '91140106MA0T10375C'
const C = '91140107MA0T10746H'

/** Which device was whose, filed by the ecology authority. */
const BINDINGS: FeedPolicy = {
  feed: 'bindings',
  name: { zh: '设备绑定', en: 'Bindings' },
  format: 'csv',
  authority: { constant: 'ecology' },
  trust: 'verified',
  lateAfterMinutes: 1440,
  required: ['number', 'mn', 'code', 'from', 'to', 'filed', 'state'],
  key: ['number'],
  subject: { kind: 'enterprise', scheme: 'uscc', id: { column: 'code' } },
  observations: [
    {
      part: 'binding',
      kind: 'device-binding',
      when: [{ column: 'state', notIn: ['withdrawn'] }],
      known: { column: 'filed', date: 'yyyy-MM-dd' },
      facts: {
        scheme: { constant: 'mn' },
        device: { column: 'mn' },
        from: { column: 'from', date: 'yyyy-MM-dd' },
        to: { column: 'to', date: 'yyyy-MM-dd' },
      },
    },
  ],
}

const OUTLETS: FeedPolicy = {
  feed: 'outlets',
  name: { zh: '排放口', en: 'Outlets' },
  format: 'ndjson',
  authority: { constant: 'ecology' },
  trust: 'device',
  lateAfterMinutes: 10,
  required: ['device', 't', 'v'],
  key: ['device', 't'],
  subject: { kind: 'device', scheme: 'mn', id: { column: 'device' } },
  observations: [
    { part: 'reading', kind: 'sensor-reading', known: { column: 't', date: 'epoch-ms' }, value: { column: 'v' } },
  ],
}

const REGISTER: FeedPolicy = {
  ...PERMITS,
  feed: 'register',
  required: ['code', 'name', 'number', 'filed'],
  key: ['code'],
  observations: [
    {
      part: 'registration',
      kind: 'registration',
      known: { column: 'filed', date: 'yyyy-MM-dd' },
      facts: { name: { column: 'name' }, 'number:gszc': { column: 'number' } },
    },
  ],
}

const FINES: FeedPolicy = {
  ...PERMITS,
  feed: 'fines',
  authority: { column: 'office' },
  required: ['code', 'document', 'filed', 'office'],
  key: ['document'],
  subject: {
    kind: 'enterprise',
    scheme: 'uscc',
    id: { column: 'code' },
    otherwise: [
      { scheme: 'gszc', id: { column: 'number' } },
      { scheme: 'person', id: { column: 'person', personal: true } },
    ],
    name: { column: 'name' },
  },
  observations: [
    {
      part: 'penalty',
      kind: 'penalty',
      known: { column: 'filed', date: 'yyyy-MM-dd' },
      facts: { filedName: { column: 'name' }, note: { column: 'note' } },
    },
  ],
}
const FINE_HEADER = 'code,number,person,name,document,filed,office,note'

let redis: TestRedis
let history: TestHistory
const opened: StewardCity[] = []

beforeAll(async () => {
  redis = await withRedis()
  history = await withHistory()
}, 60_000)

afterAll(async () => {
  for (const city of opened) await city.close()
  await history.stop()
  await redis.stop()
}, 60_000)

async function city(realm: string, feeds: readonly FeedPolicy[], more: { apart?: boolean } = {}): Promise<StewardCity> {
  const one = await openStewardCity({ redis, history, realm, feeds, ...more })
  opened.push(one)
  return one
}

/** Under whom what is in force of a realm's log stands, by the last part of its id. */
async function inForce(one: StewardCity): Promise<readonly string[]> {
  const newest = new Map<string, { version: number; content: string; gone: number; line: string }>()
  for (const each of (await readLog(one.log, one.parts.realm)).observations) {
    const key = `${each.subject} ${each.id}`
    const before = newest.get(key)
    const later =
      before === undefined ||
      each.version > before.version ||
      (each.version === before.version && each.content > before.content)
    const { version, content, gone } = each
    if (later) newest.set(key, { version, content, gone, line: `${each.subject} ${each.kind} ${each.known}` })
  }
  return [...newest.values()]
    .filter(({ gone }) => gone === 0)
    .map(({ line }) => line)
    .sort()
}

describe('rejects', () => {
  it('are listed, grouped and opened without numbers of persons unless they are asked for, which is audited', async () => {
    const one = await city('listed', [FINES])
    const body = [
      FINE_HEADER,
      `${A},,,甲店,d1,2026-02-30,market,电话13912345678`,
      `${A},,,甲店,d2,2026-02-31,market,`,
      '140105197203071235,,,乙店,d3,2026-02-01,market,',
      'too,few 13912345678',
    ].join('\n')
    const { counts } = await one.files('fines', body, 'fines.csv')
    expect(counts).toMatchObject({ lines: 4, rejects: 4 })
    await one.rejectsAre(4)
    const listed = await one.desk.list({ feed: 'fines' }, 10)
    expect(listed.map(({ line, reason, authority }) => [line, reason, authority]).sort()).toEqual([
      [2, 'bad-date', 'market'],
      [3, 'bad-date', 'market'],
      [4, 'bad-check-digit', 'market'],
      [5, 'wrong-columns', ''],
    ])
    const groups = await one.desk.groups({ state: 'open' })
    expect(groups.map(({ reason, open, ended, day }) => [reason, open, ended, day])).toEqual([
      ['bad-date', 2, 0, '2026-11-22'],
      ['bad-check-digit', 1, 0, '2026-11-22'],
      ['wrong-columns', 1, 0, '2026-11-22'],
    ])
    const idOf = (line: number) => listed.find((each) => each.line === line)?.id ?? ''
    for (const { id } of listed) {
      const shown = JSON.stringify(await one.desk.show(id, 'li', false))
      expect(shown).not.toContain('13912345678')
      expect(shown).not.toContain('140105197203071235')
    }
    expect(one.revealed).toEqual([])
    const revealed = await one.desk.show(idOf(5), 'li', true)
    expect(revealed?.text).toBe(`${FINE_HEADER}\ntoo,few 13912345678`)
    expect(one.revealed).toEqual([{ what: 'reject-revealed', realm: 'listed', subject: idOf(5), by: 'li', at: NOW }])
  })

  it('are mended and replayed once, at the place that they came from', async () => {
    const one = await city('mended', [FINES])
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,`, 'fines.csv')
    await one.rejectsAre(1)
    const [reject] = await one.desk.list({}, 1)
    const id = reject?.id ?? ''
    expect(await one.desk.replay({ id, by: 'li' })).toMatchObject({
      outcome: 'rejected',
      rejected: [{ reason: 'bad-date' }],
    })
    const mended = Buffer.from(`${FINE_HEADER}\n${A},,,甲店,d1,2026-02-20,market,`)
    const counts = { lines: 1, observations: 1, versions: 0, duplicates: 0, rejects: 0 }
    expect(await one.desk.replay({ id, by: 'li', mended })).toEqual({ outcome: 'replayed', counts })
    const other = Buffer.from(`${FINE_HEADER}\n${A},,,甲店,d9,2026-02-21,market,`)
    const again = { outcome: 'already-replayed', by: 'li', at: NOW }
    expect(await one.desk.replay({ id, by: 'wang', mended: other })).toEqual(again)
    expect(await Promise.all([1, 2].map(() => one.desk.replay({ id, by: 'wang', mended })))).toEqual([again, again])
    const { observations } = await readLog(one.log, 'mended')
    expect(observations).toMatchObject([{ subject: `uscc:${A}`, source: 'fines.csv', line: 2 }])
    await one.rejectsAre(1)
    expect(await one.desk.list({ state: 'replayed' }, 1)).toMatchObject([{ id, by: 'li', ended: NOW }])
    expect(await one.desk.list({ state: 'open' }, 1)).toEqual([])
  })

  it('of a log and an index in two stores can be finished by the same bytes alone after a crash between them', async () => {
    let broken = false
    const one = await openStewardCity({
      ...{ redis, history, realm: 'apart', feeds: [FINES], apart: true },
      around: (index) => ({
        ...index,
        async commit(commit) {
          if (!broken || commit.batches.length === 0) return index.commit(commit)
          await one.log.append(commit.batches)
          throw new Error('killed between log and index')
        },
      }),
    })
    opened.push(one)
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,`)
    await one.rejectsAre(1)
    const id = (await one.desk.list({}, 1))[0]?.id ?? ''
    const mended = Buffer.from(`${FINE_HEADER}\n${A},,,甲店,d1,2026-02-20,market,`)
    broken = true
    await expect(one.desk.replay({ id, by: 'li', mended })).rejects.toThrow('killed')
    broken = false
    const other = Buffer.from(`${FINE_HEADER}\n${A},,,甲店,d2,2026-02-21,market,`)
    expect(await one.desk.replay({ id, by: 'wang', mended: other })).toMatchObject({ outcome: 'other-bytes', by: 'li' })
    expect(await one.desk.replay({ id, by: 'li', mended })).toMatchObject({ outcome: 'replayed' })
    const { observations } = await readLog(one.log, 'apart')
    expect(new Set(observations.map((each) => `${each.subject} ${each.id} ${each.version} ${each.content}`)).size).toBe(
      1,
    )
  })

  it('whose record comes right by itself are marked so, and cannot be replayed any more', async () => {
    const one = await city('resolved', [FINES])
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,\n${A},,,甲店,d2,2026-02-30,market,`)
    await one.rejectsAre(2)
    one.passes(1_000)
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-20,market,`)
    await one.observationsSettle()
    expect(await markResolved(one.parts)).toBe(1)
    expect(await markResolved(one.parts)).toBe(0)
    await one.rejectsAre(2)
    const [resolved] = await one.desk.list({ state: 'resolved' }, 10)
    expect(resolved).toMatchObject({ line: 2 })
    expect(await one.desk.replay({ id: resolved?.id ?? '', by: 'li' })).toMatchObject({ outcome: 'already-replayed' })
  })

  it('lose their bytes at their end date: in the log at once, in the history when it merges, for a reader on the day', async () => {
    const one = await city('ended', [FINES])
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,`)
    await one.rejectsAre(1)
    await expect.poll(() => readTopic(one.log, 'rejects', 'ended')).toEqual([])
    one.passes(181 * DAY_MS)
    expect(await one.desk.list({}, 10)).toEqual([])
    await history.history.insert(
      'rejects',
      Buffer.from(`${JSON.stringify({ realm: 'long-ago', feed: 'f', id: 'f/1', sealed: 'AAAA', until: 1_000 })}\n`),
      'long-ago',
    )
    await history.history.command('OPTIMIZE TABLE rejects FINAL')
    expect(await history.history.query("SELECT id FROM rejects WHERE realm = 'long-ago'", {})).toEqual([])
    expect(await history.history.query("SELECT topic FROM archive WHERE topic = 'rejects'", {})).toEqual([])
  })
})

describe('rows about devices', () => {
  const reading = (t: number, v: number) => JSON.stringify({ device: 'D1', t, v })
  const HEADER = 'number,mn,code,from,to,filed,state'
  const day = (text: string) => Date.parse(`${text}T00:00:00+08:00`)

  it('wait for their binding, and are released once, each to whom the device belonged at its time', async () => {
    const one = await city('parked', [BINDINGS, OUTLETS])
    const rows = [reading(day('2026-01-05'), 1), reading(day('2026-03-05'), 2), reading(day('2025-01-05'), 3)]
    const { rejected } = await one.files('outlets', rows.join('\n'))
    expect(rejected.map(({ reason }) => reason)).toEqual(Array(3).fill('unbound-device'))
    await one.rejectsAre(3)
    expect(await releaseParked(one.parts)).toBe(0)
    await one.files(
      'bindings',
      `${HEADER}\nb1,D1,${A},2026-01-01,2026-03-01,2026-04-01,\nb2,D1,${B},2026-03-01,,2026-04-01,`,
    )
    expect(await releaseParked(one.parts)).toBe(2)
    const readings = async () =>
      (await readLog(one.log, 'parked')).observations.filter(({ kind }) => kind === 'sensor-reading')
    const stand = (await readings()).map(({ subject, value, facts }) => [subject, value, facts.device]).sort()
    expect(stand).toEqual([
      [`uscc:${A}`, 1, 'D1'],
      [`uscc:${B}`, 2, 'D1'],
    ])
    // What the first round released is in the history a moment later; a round before that replays nothing twice.
    await releaseParked(one.parts)
    expect(await readings()).toHaveLength(2)
    await one.files('outlets', reading(day('2026-05-05'), 4))
    expect((await readings()).find(({ value }) => value === 4)).toMatchObject({ subject: `uscc:${B}` })
  })

  it('are taken back and resolved again when a binding is corrected, withdrawn and filed again', async () => {
    const one = await city('rebound', [BINDINGS, OUTLETS])
    const settle = async () => {
      await one.observationsSettle()
      return settleAll({ ...one.parts, policies: one.parts.policies.values() })
    }
    const standing = async () => (await inForce(one)).filter((line) => line.includes('sensor-reading'))
    const [early, late] = [day('2026-01-05'), day('2026-03-05')]
    await one.files('bindings', `${HEADER}\nb1,D1,${A},2026-01-01,,2026-01-01,`)
    await one.files('outlets', [reading(early, 1), reading(late, 2)].join('\n'))
    await one.files(
      'bindings',
      `${HEADER}\nb1,D1,${A},2026-01-01,2026-02-01,2026-04-01,\nb2,D1,${B},2026-02-01,,2026-04-01,`,
    )
    expect(await settle()).toBe(1)
    expect(await standing()).toEqual([`uscc:${A} sensor-reading ${early}`, `uscc:${B} sensor-reading ${late}`])
    expect(await settle()).toBe(0)
    one.passes(1_000)
    await one.files('bindings', `${HEADER}\nb2,D1,${B},2026-02-01,,2026-04-02,withdrawn`)
    await settle()
    expect(await standing()).toEqual([`uscc:${A} sensor-reading ${early}`])
    one.passes(1_000)
    await one.files('bindings', `${HEADER}\nb3,D1,${B},2026-02-01,,2026-04-03,`)
    await settle()
    expect(await standing()).toEqual([`uscc:${A} sensor-reading ${early}`, `uscc:${B} sensor-reading ${late}`])
    const decisions = (await readTopic(one.log, 'decisions', 'rebound')).map(({ bytes }) => JSON.parse(String(bytes)))
    expect(decisions.map(({ type, moved, unbound }) => [type, moved, unbound])).toEqual([
      ['binding-corrected', 1, 0],
      ['binding-corrected', 0, 1],
      ['binding-corrected', 1, 0],
    ])
  })
})

describe('identities', () => {
  it('are found by other numbers in the register, by a person’s token, and else by a person who decides', async () => {
    const one = await city('numbers', [REGISTER, FINES])
    await one.files(
      'register',
      `code,name,number,filed\n${A},甲(太原)店,140105600001,2026-01-01\n${B},乙店,,2026-01-01`,
    )
    const { counts, rejected } = await one.files(
      'fines',
      [
        FINE_HEADER,
        ',140105600001,,甲店,d1,2026-02-01,market,',
        ',,140105197203071232,张三,d2,2026-02-01,market,',
        ',999,,甲（太原）店,d3,2026-02-01,market,',
        ',,,无名店,d4,2026-02-01,market,',
      ].join('\n'),
    )
    expect(counts).toMatchObject({ observations: 2, rejects: 2 })
    expect(rejected.map(({ reason }) => reason)).toEqual(['needs-review', 'needs-review'])
    expect(rejected[0]?.hint).toContain(`candidates: uscc:${A}`)
    expect(rejected[1]?.hint).toContain('no candidates')
    const fines = (await readLog(one.log, 'numbers')).observations.filter(({ kind }) => kind === 'penalty')
    expect(fines.map(({ subject }) => subject.replace(/tk:.*/, 'tk')).sort()).toEqual(['person:tk', `uscc:${A}`])
    await one.rejectsAre(2)
    const parked = (await one.desk.list({ reason: 'needs-review' }, 10)).find(({ line }) => line === 4)
    const outcome = await one.desk.replay({ id: parked?.id ?? '', by: 'li', as: `uscc:${A}` })
    expect(outcome).toMatchObject({ outcome: 'replayed', counts: { observations: 1 } })
    const { observations } = await readLog(one.log, 'numbers')
    const decided = observations.find(({ facts }) => facts.filedNumber === 'number:gszc:999')
    expect(decided).toMatchObject({ subject: `uscc:${A}`, line: 4 })
  })

  it('that are merged take their rows along, also later ones, and give them back when they are split', async () => {
    const one = await city('merged', [PERMITS])
    const settle = async () => {
      await one.observationsSettle()
      return settleAll({ ...one.parts, policies: one.parts.policies.values() })
    }
    const permits = (code: string, number: string) =>
      one.files('permits', `code,permit,decided\n${code},${number},2026-01-01`)
    const counts = async () => {
      const lines = await inForce(one)
      return [A, B, C].map((code) => lines.filter((line) => line.startsWith(`uscc:${code}`)).length)
    }
    await permits(A, 'p1')
    await permits(B, 'p2')
    await permits(C, 'p3')
    const order = { by: 'li', note: '换照', at: NOW }
    const [a, b, c] = [A, B, C].map((code) => `uscc:${code}`)
    if (a === undefined || b === undefined || c === undefined) throw new Error('three subjects')
    expect(await one.desk.merge({ from: b, into: a, ...order })).toEqual({ outcome: 'merged' })
    expect(await one.desk.merge({ from: b, into: a, ...order })).toEqual({ outcome: 'already' })
    expect(await one.desk.merge({ from: a, into: b, ...order })).toMatchObject({ reason: 'circle' })
    expect(await one.desk.merge({ from: c, into: b, ...order })).toEqual({ outcome: 'merged' })
    await permits(B, 'p4')
    expect(await one.desk.identities()).toMatchObject([{ from: b, settled: false }, { settled: false }])
    await settle()
    expect(await counts()).toEqual([4, 0, 0])
    expect(await one.desk.identities()).toMatchObject([{ from: b, settled: true }, { settled: true }])
    expect(await settle()).toBe(0)
    one.passes(1_000)
    expect(await one.desk.split({ from: a, into: b, ...order })).toEqual({ outcome: 'split' })
    await settle()
    // What was filed under C had become B, and goes where B goes.
    expect(await counts()).toEqual([1, 3, 0])
    one.passes(1_000)
    expect(await one.desk.merge({ from: b, into: a, ...order })).toEqual({ outcome: 'merged' })
    await settle()
    expect(await counts()).toEqual([4, 0, 0])
    await one.files('permits', `code,permit,decided\n${B},p2,2026-01-02`)
    expect(await counts()).toEqual([4, 0, 0])
  })
})

describe('the report of wrong and duplicate codes', () => {
  it('counts by authority and month what is wrong with the codes that were filed', async () => {
    const one = await city('codes', [REGISTER, FINES])
    await one.files(
      'register',
      `code,name,number,filed\n${A},甲店,,2026-01-01\n${B},乙店,,2026-01-01\n${C},乙店,,2026-01-01`,
    )
    await one.files(
      'fines',
      [
        FINE_HEADER,
        '91140105MA0T100093,,,甲店,d1,2026-02-01,market,',
        '9114,,,甲店,d2,2026-02-01,market,',
        `${A},,,甲店,d3,2026-02-01,market,`,
        `${A},,,丙店,d4,2026-02-01,labour,`,
      ].join('\n'),
    )
    await one.rejectsAre(2)
    await one.observationsSettle()
    const lines = await one.desk.codes({ from: 0, until: NOW + DAY_MS })
    expect(
      lines.map(({ authority, month, fault, count, records }) => [authority, month, fault, count, records]),
    ).toEqual([
      ['labour', '2026-11', 'one-code-several-names', 1, 1],
      ['market', '2026-11', 'bad-check-digit', 1, 3],
      ['market', '2026-11', 'bad-code-shape', 1, 3],
      ['samr', '2026-11', 'one-name-several-codes', 2, 3],
    ])
    expect(lines.at(-1)?.examples).toEqual(expect.arrayContaining([`uscc:${B}`, `uscc:${C}`]))
    expect(await one.desk.codes({ from: NOW + DAY_MS, until: NOW + 2 * DAY_MS })).toEqual([])
  })
})

it('devices of a realm without bindings are watched themselves', async () => {
  const one = await city('unbound', [OUTLETS, COMPLAINTS])
  await one.files('outlets', JSON.stringify({ device: 'D1', t: NOW, v: 1 }))
  expect((await readLog(one.log, 'unbound')).observations).toMatchObject([{ subject: 'mn:D1' }])
})
