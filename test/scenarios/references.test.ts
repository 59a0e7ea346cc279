import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPolicySet } from '../../app/policies.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { DAY_MS } from '../../core/time.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { createAliases } from '../../ingest/identity/aliases.ts'
import { settleAll } from '../../ingest/identity/settle.ts'
import { needsOf, withoutBooks } from '../../ingest/references.ts'
import { releaseParked } from '../../ingest/rejects/reject-rounds.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { COMPLAINTS, compiled, NOW, PERMITS, readLog, readTopic } from '../support/ingest-fixture.ts'
import { openStewardCity, type StewardCity } from '../support/steward-city.ts'
import { A, B, BINDINGS, C, FINE_HEADER, FINES, OUTLETS, REGISTER } from '../support/steward-feeds.ts'

let redis: TestRedis
let history: TestHistory
const opened: StewardCity[] = []

beforeAll(async () => {
  redis = await withRedis()
  history = await withHistory()
}, 60_000)

afterAll(async () => {
  await Promise.all(opened.map((city) => city.close()))
  await history.stop()
  await redis.stop()
}, 60_000)

async function city(realm: string, feeds: readonly FeedPolicy[]): Promise<StewardCity> {
  const one = await openStewardCity({ redis, history, realm, feeds })
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
    expect(rejected[0]?.hint.en).toContain(`candidates: uscc:${A}`)
    expect(rejected[1]?.hint.en).toContain('no candidates')
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

  it('are found by every number that the register of the city has of them', async () => {
    const { feeds } = loadPolicySet(fileURLToPath(new URL('../../policies/', import.meta.url)), 'city')
    const [registry, penalties] = ['registry', 'penalties'].map((name) => feeds.get(name))
    if (registry === undefined || penalties === undefined) throw new Error('the city has lost a feed')
    const one = await city('city-numbers', [registry, penalties])
    const table = (rows: readonly Readonly<Record<string, string>>[]) => {
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
      return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))].join('\n')
    }
    const registered = { 业务类型: '设立', 推送时间: '2026-01-05 00:00:00', 成立日期: '2020-01-05' }
    const register = [
      {
        业务流水号: '1',
        统一社会信用代码: A,
        名称: '甲店',
        注册号: '140105600001234',
        纳税人识别号: '140105MA0T10009',
      },
      { 业务流水号: '2', 统一社会信用代码: B, 名称: '乙院', 事业单位证书号: '114010500001' },
      { 业务流水号: '3', 统一社会信用代码: C, 名称: '丙会', 社会组织登记证号: '晋社证字第1号' },
    ]
    expect(
      (await one.files('registry', table(register.map((row) => ({ ...registered, ...row }))))).counts,
    ).toMatchObject({ observations: 3, rejects: 0 })
    const filed = [
      [{ CF_XDR_GSZC: '140105600001234' }, A],
      [{ CF_XDR_ZZJG: 'ma0t1000-9' }, A],
      [{ CF_XDR_ZZJG: B.slice(8, 17) }, B],
      [{ CF_XDR_SWDJ: '140105MA0T10009' }, A],
      [{ CF_XDR_SYDW: '114010500001' }, B],
      [{ CF_XDR_SHZZ: '晋社证字第1号' }, C],
    ] as const
    const rows = filed.map(([number], i) => ({
      ...{ CF_XDR_MC: '某店', CF_XDR_SHXYM: '', CF_WSH: `d${i}`, CF_JDRQ: '2026-02-01', SJC: '2026-02-02 00:00:00' },
      ...{ CF_CFLB: '警告', CF_CFJGDM: '11140100YX0000016C', CF_WFXW: '食品卫生' },
      ...number,
    }))
    const { rejected } = await one.files('penalties', table(rows))
    expect(rejected).toEqual([])
    const penal = (await readLog(one.log, 'city-numbers')).observations.filter(({ kind }) => kind === 'penalty')
    expect(penal.map(({ subject }) => subject).sort()).toEqual(filed.map(([, code]) => `uscc:${code}`).sort())
  })

  it('are found in a register that was there before anybody asked it, once its book is written', async () => {
    const before = await city('register-first', [REGISTER])
    await before.files('register', `code,name,number,filed\n${A},甲店,140105600001,2026-01-01`)
    await before.observationsSettle()
    const one = await city('register-first', [REGISTER, FINES])
    const fine = (document: string) =>
      one.files('fines', `${FINE_HEADER}\n,140105600001,,甲店,${document},2026-02-01,market,`)
    expect((await fine('d1')).counts).toMatchObject({ rejects: 1 })
    expect(await one.desk.reindex()).toBe(1)
    expect((await fine('d2')).counts).toMatchObject({ observations: 1 })
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

describe('rows that are read without the books, as a replay of files reads them', () => {
  it('are rejects where only the books could tell, and wait for them', () => {
    const aliases = createAliases({ [`uscc:${B}`]: JSON.stringify({ into: `uscc:${A}`, at: 1, by: 'li', note: '' }) })
    const needs = needsOf([BINDINGS, OUTLETS, FINES, PERMITS])
    const read = (policy: FeedPolicy, body: string) => {
      const feed = withoutBooks(compiled(policy), needs.get(policy.feed) ?? [], aliases)
      const [row] = readRows(policy, Buffer.from(body))
      if (row?.fields === undefined) throw new Error('a row that cannot be read')
      const { kept, rejected } = feed.mapRow(row, { source: 'test', received: NOW, occurrence: () => 0 })
      return kept?.subject ?? [rejected?.reason, rejected?.parked?.subject]
    }
    expect(read(OUTLETS, JSON.stringify({ device: 'D1', t: NOW, v: 1 }))).toEqual(['unbound-device', 'mn:D1'])
    expect(read(FINES, `${FINE_HEADER}\n,1,,甲店,d1,2026-02-01,market,`)).toEqual(['needs-review', undefined])
    expect(read(FINES, `${FINE_HEADER}\n${B},,,甲店,d1,2026-02-01,market,`)).toBe(`uscc:${A}`)
    expect(read(PERMITS, `code,permit,decided\n${B},p1,2026-01-01`)).toBe(`uscc:${A}`)
  })
})

it('devices of a realm without bindings are watched themselves', async () => {
  const one = await city('unbound', [OUTLETS, COMPLAINTS])
  await one.files('outlets', JSON.stringify({ device: 'D1', t: NOW, v: 1 }))
  expect((await readLog(one.log, 'unbound')).observations).toMatchObject([{ subject: 'mn:D1' }])
})
