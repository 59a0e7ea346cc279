import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { createAliases } from '../../ingest/identity/aliases.ts'
import { settleAll } from '../../ingest/identity/settle.ts'
import { validateFeedPolicy } from '../../ingest/mapping/feed-policy.ts'
import { readObjectionPolicy } from '../../ingest/objections/objection-policy.ts'
import { createObjections } from '../../ingest/objections/objections.ts'
import { needsOf, withoutBooks } from '../../ingest/references.ts'
import { releaseParked } from '../../ingest/rejects/reject-rounds.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { compiled, fixedClock, NOW, readLog, readTopic } from '../support/ingest-fixture.ts'
import { openStewardCity, type StewardCity } from '../support/steward-city.ts'
import { A, B, C, PLACES, POINTS, REPORTS, SQUARES } from '../support/steward-feeds.ts'

let redis: TestRedis
let history: TestHistory
const opened: StewardCity[] = []

beforeAll(async () => {
  redis = await withRedis()
  history = await withHistory()
}, 60_000)

afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()))
  await history.stop()
  await redis.stop()
}, 60_000)

async function city(realm: string, ...feeds: Parameters<typeof openStewardCity>[0]['feeds']): Promise<StewardCity> {
  const one = await openStewardCity({ redis, history, realm, feeds })
  opened.push(one)
  return one
}

const PLACE_HEADER = 'number,place,code,from,to,filed,state'
const REPORT_HEADER = 'number,place,filed'
const report = (number: string, place: string, filed: string) => `${number},${place},${filed}`

/** Under whom the reports stand that are in force: number of its enterprise's code, by report. */
async function standing(one: StewardCity): Promise<readonly string[]> {
  const newest = new Map<string, { order: string; gone: number; line: string }>()
  for (const each of (await readLog(one.log, one.parts.realm)).observations) {
    if (each.kind !== 'complaint') continue
    const order = `${each.version} ${each.content}`
    const key = `${each.subject} ${each.id}`
    const subject = each.subject.replace(`uscc:${A}`, 'A').replace(`uscc:${B}`, 'B').replace(`uscc:${C}`, 'C')
    const day = new Date(each.known + 8 * 3_600_000).toISOString().slice(5, 10)
    if ((newest.get(key)?.order ?? '') < order) newest.set(key, { order, gone: each.gone, line: `${subject} ${day}` })
  }
  return [...newest.values()]
    .filter(({ gone }) => gone === 0)
    .map(({ line }) => line)
    .sort()
}

describe('the city’s fire safety in public places', () => {
  const example = (name: string) => readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8')
  const cityFeed = (name: string) => {
    const file = new URL(`../../policies/city/feeds/${name}.json`, import.meta.url)
    return validateFeedPolicy(JSON.parse(readFileSync(file, 'utf8')))
  }

  it('is about whoever is at the place by its dated bindings, and waits for them', async () => {
    const one = await city('fire-video', cityFeed('place-bindings'), cityFeed('fire-video'))
    const seen = example('fire-video.ndjson')
    const { counts, rejected } = await one.files('fire-video', seen)
    expect(new Set(rejected.map(({ reason }) => reason))).toEqual(new Set(['unbound-place']))
    await one.rejectsAre(counts.rejects)
    const { counts: bound } = await one.files('place-bindings', example('place-bindings.csv'))
    expect(bound).toMatchObject({ lines: 20, rejects: 0 })
    const released = await releaseParked(one.parts)
    const bindings = readRows(cityFeed('place-bindings'), Buffer.from(example('place-bindings.csv')))
    const tenants = bindings.map((row) => row.fields ?? {}).filter((fields) => fields.停用日期 === '')
    const there = (place: string) =>
      tenants.flatMap((row) => (row.场所编号 === place ? [`uscc:${row.统一社会信用代码}`] : []))
    const events = seen
      .trimEnd()
      .split('\n')
      .map((line): { place: string } => JSON.parse(line))
    expect(released).toBe(events.filter(({ place }) => there(place).length > 0).length)
    const { observations } = await readLog(one.log, 'fire-video')
    const about = (place: string) =>
      observations.filter(({ kind, facts }) => kind === 'video-event' && facts.filedPlace === `place:premises:${place}`)
    for (const { place } of events.slice(0, 3)) {
      expect([...new Set(about(place).map(({ subject }) => subject))].sort()).toEqual(there(place).sort())
    }
    // Whoever left before answers for nothing.
    const left = bindings.find((row) => row.fields?.停用日期 !== '')?.fields?.统一社会信用代码
    expect(observations.filter(({ kind, subject }) => kind === 'video-event' && subject === `uscc:${left}`)).toEqual([])
  })
})

describe('rows about a place', () => {
  it('wait for its bindings, and are then about each enterprise that was there', async () => {
    const one = await city('placed', PLACES, REPORTS)
    const rows = [
      report('r1', 'mall', '2026-02-05'),
      report('r2', 'mall', '2025-02-05'),
      report('r3', '', '2026-02-06'),
    ]
    const { rejected } = await one.files('reports', [REPORT_HEADER, ...rows].join('\n'))
    expect(rejected.map(({ reason }) => reason)).toEqual(['unbound-place', 'unbound-place', 'unknown-subject'])
    await one.rejectsAre(3)
    expect(await releaseParked(one.parts)).toBe(0)
    const bindings = [`p1,mall,${A},2026-01-01,,2026-04-01,`, `p2,mall,${B},2026-01-01,2026-03-01,2026-04-01,`]
    await one.files('places', [PLACE_HEADER, ...bindings].join('\n'))
    expect(await releaseParked(one.parts)).toBe(1)
    expect(await standing(one)).toEqual(['A 02-05', 'B 02-05'])
    const { observations } = await readLog(one.log, 'placed')
    const reports = observations.filter(({ kind }) => kind === 'complaint')
    expect(reports.map(({ facts }) => facts.filedPlace)).toEqual(['place:address:mall', 'place:address:mall'])
    // One record, and one row in the counts of its feed.
    expect(new Set(reports.map(({ id }) => id)).size).toBe(1)
    const { counts } = await one.files('reports', [REPORT_HEADER, report('r4', 'mall', '2026-03-05')].join('\n'))
    expect(counts).toMatchObject({ lines: 1, observations: 1 })
    expect(await standing(one)).toEqual(['A 02-05', 'A 03-05', 'B 02-05'])
    const again = await one.files('reports', [REPORT_HEADER, report('r4', 'mall', '2026-03-05')].join('\n'))
    expect(again.counts).toMatchObject({ duplicates: 1 })
  })

  it('move when a binding is corrected, comes later or is withdrawn', async () => {
    const one = await city('moved', PLACES, REPORTS)
    const settle = async () => {
      await one.observationsSettle()
      const moved = await settleAll({ ...one.parts, policies: one.parts.policies.values() })
      one.passes(1_000)
      return moved
    }
    const binding = (number: string, code: string, filed: string, state = '') =>
      one.files('places', `${PLACE_HEADER}\n${number},mall,${code},2026-01-01,,${filed},${state}`)
    await binding('p1', A, '2026-01-01')
    await one.files('reports', [REPORT_HEADER, report('r1', 'mall', '2026-02-05')].join('\n'))
    await binding('p2', B, '2026-04-01')
    expect(await settle()).toBe(1)
    expect(await standing(one)).toEqual(['A 02-05', 'B 02-05'])
    expect(await settle()).toBe(0)
    await binding('p1', A, '2026-04-02', 'withdrawn')
    await settle()
    expect(await standing(one)).toEqual(['B 02-05'])
    await binding('p3', C, '2026-04-03')
    await settle()
    expect(await standing(one)).toEqual(['B 02-05', 'C 02-05'])
    // The next version says that it was elsewhere: each of those that shared it loses it.
    await one.files('places', `${PLACE_HEADER}\np4,market,${A},2026-01-01,,2026-04-03,`)
    await one.files('reports', [REPORT_HEADER, report('r1', 'market', '2026-02-06')].join('\n'))
    expect(await standing(one)).toEqual(['A 02-06'])
    await binding('p5', A, '2026-04-04')
    await settle()
    expect(await standing(one)).toEqual(['A 02-06'])
    const decisions = (await readTopic(one.log, 'decisions', 'moved')).map(({ bytes }) => JSON.parse(String(bytes)))
    expect(decisions.map(({ device, moved, unbound }) => [device, moved, unbound])).toEqual([
      ['place:address:mall', 1, 0],
      ['place:address:mall', 1, 0],
      ['place:address:mall', 1, 0],
    ])
  })

  it('go along when one of those that share them becomes another enterprise', async () => {
    const one = await city('merging', PLACES, REPORTS)
    const bindings = [A, B].map((code, i) => `p${i},mall,${code},2026-01-01,,2026-01-01,`)
    await one.files('places', [PLACE_HEADER, ...bindings].join('\n'))
    await one.files('reports', [REPORT_HEADER, report('r1', 'mall', '2026-02-05')].join('\n'))
    const order = { from: `uscc:${A}`, into: `uscc:${C}`, by: 'li', note: '换照', at: NOW }
    expect(await one.desk.merge(order)).toEqual({ outcome: 'merged' })
    await one.observationsSettle()
    await settleAll({ ...one.parts, policies: one.parts.policies.values() })
    expect(await standing(one)).toEqual(['B 02-05', 'C 02-05'])
    await one.files('reports', [REPORT_HEADER, report('r1', 'mall', '2026-02-07')].join('\n'))
    expect(await standing(one)).toEqual(['B 02-07', 'C 02-07'])
  })

  it('are taken back from each of those that share them when an objection is upheld, and from whoever has them by then', async () => {
    const one = await city('objected', PLACES, REPORTS)
    const bindings = [A, B].map((code, i) => `p${i},mall,${code},2026-01-01,,2026-01-01,`)
    await one.files('places', [PLACE_HEADER, ...bindings].join('\n'))
    await one.files('reports', [REPORT_HEADER, report('r1', 'mall', '2026-02-05')].join('\n'))
    await one.desk.merge({ from: `uscc:${A}`, into: `uscc:${C}`, by: 'li', note: '换照', at: NOW })
    await one.observationsSettle()
    await settleAll({ ...one.parts, policies: one.parts.policies.values() })
    await one.observationsSettle()
    const { observations } = await readLog(one.log, 'objected')
    const target = observations.find(({ kind }) => kind === 'complaint')?.id ?? ''
    const objections = createObjections({
      ...{ realm: 'objected', log: one.log, history: one.parts.history, now: () => NOW, wall: fixedClock },
      policy: readObjectionPolicy(JSON.parse(readFileSync('policies/objections/default.json', 'utf8'))),
      addWorkingDays: (at) => ({ at, provisional: false }),
      hide: (text) => text,
    })
    const { id } = await objections.file({ target, objector: `uscc:${B}`, ground: '并非本店', by: 'li' })
    await objections.decide({ objection: id, outcome: 'upheld', reason: '属实', by: 'li' })
    const taken = (await readLog(one.log, 'objected')).observations.filter(({ kind }) => kind === 'withdrawal')
    expect(new Set(taken.map(({ subject, facts }) => `${subject} ${facts.retracts}`))).toEqual(
      new Set([`uscc:${B} ${target}`, `uscc:${C} ${target}`]),
    )
  })

  it('are found by the square of their coordinates, and a row with a code needs no binding', async () => {
    const one = await city('squares', SQUARES, POINTS)
    await one.files('squares', `number,code,lat,lon,from,filed\ns1,${A},37.861,112.562,2026-01-01,2026-01-01`)
    const rows = [
      'r1,,37.8633,112.5688,2026-02-05',
      `r2,${B},37.8633,112.5688,2026-02-06`,
      'r3,,37.9,112.5688,2026-02-07',
    ]
    const { rejected } = await one.files('points', ['number,code,lat,lon,filed', ...rows].join('\n'))
    expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([[4, 'unbound-place']])
    expect(await standing(one)).toEqual(['A 02-05', 'B 02-06'])
  })

  it('ask a person where more are bound to the place than can all be meant', async () => {
    const one = await city('crowded', { ...PLACES, subject: { ...PLACES.subject, scheme: 'licence' } }, REPORTS)
    const bindings = Array.from({ length: 33 }, (_, i) => `p${i},mall,${i},2026-01-01,,2026-01-01,`)
    await one.files('places', [PLACE_HEADER, ...bindings].join('\n'))
    const { rejected } = await one.files('reports', [REPORT_HEADER, report('r1', 'mall', '2026-02-05')].join('\n'))
    expect(rejected).toMatchObject([
      { reason: 'needs-review', hint: { en: expect.stringContaining('33 enterprises') } },
    ])
    await one.rejectsAre(1)
    const [found] = await one.desk.list({ reason: 'needs-review' }, 10)
    const outcome = await one.desk.replay({ id: found?.id ?? '', by: 'li', as: `uscc:${A}` })
    expect(outcome).toMatchObject({ outcome: 'replayed' })
    expect(await standing(one)).toEqual(['A 02-05'])
  })

  it('are rejects in a replay of files, and wait for the bindings there, too', () => {
    const [needs = []] = [needsOf([PLACES, REPORTS]).get('reports')]
    const feed = withoutBooks(compiled(REPORTS), needs, createAliases({}))
    const [row] = readRows(REPORTS, Buffer.from([REPORT_HEADER, report('r1', 'mall', '2026-02-05')].join('\n')))
    if (row?.fields === undefined) throw new Error('a row that cannot be read')
    const { rejected } = feed.mapRow(row, { source: 'test', received: NOW + DAY_MS, occurrence: () => 0 })
    expect(rejected).toMatchObject({ reason: 'unbound-place', parked: { subject: 'place:address:mall' } })
  })
})
