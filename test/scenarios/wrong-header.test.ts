import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { readLog } from '../support/ingest-fixture.ts'
import { openStewardCity, type StewardCity } from '../support/steward-city.ts'
import { A, FINE_HEADER, FINES } from '../support/steward-feeds.ts'
import { until } from '../support/until.ts'

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

async function city(realm: string, feeds: readonly FeedPolicy[], apart = false): Promise<StewardCity> {
  const one = await openStewardCity({ redis, history, realm, feeds, apart })
  opened.push(one)
  return one
}

const OTHER_HEADER = FINE_HEADER.replace('document', 'documents').replace('office', 'authority')
const rows = (...decided: readonly string[]) => decided.map((day, i) => `${A},,,甲店,d${i},${day},market,`)
const FILE = rows('2026-02-01', '2026-02-02', '2026-02-30')

describe('a file with a header that does not fit', () => {
  it('is one reject, which says what was expected, what came and what may be meant', async () => {
    const one = await city('headed', [FINES])
    const { counts, rejected } = await one.files('fines', [OTHER_HEADER, ...FILE].join('\n'), 'fines.csv')
    expect(counts).toEqual({ lines: 1, observations: 0, versions: 0, duplicates: 0, rejects: 1 })
    expect(rejected[0]?.hint.zh).toContain('表头缺少列 document、office')
    expect(rejected[0]?.hint.en).toContain('perhaps documents → document')
    await one.rejectsAre(1)
    const [listed] = await one.desk.list({}, 10)
    expect(listed).toMatchObject({ reason: 'wrong-header', source: 'fines.csv', line: 1 })
    const shown = await one.desk.show(listed?.id ?? '', 'li', true)
    expect(shown?.text).toBe([OTHER_HEADER, ...FILE].join('\n'))
    const groups = await one.desk.groups({})
    expect(groups).toMatchObject([{ reason: 'wrong-header', open: 1 }])
  })

  it.each([
    ['one store', false],
    ['log and index apart', true],
  ])('is mended and replayed as one, once; a row that is wrong is a reject of its own: %s', async (_, apart) => {
    const realm = `mended-header-${apart ? 'apart' : 'one'}`
    const one = await city(realm, [FINES], apart)
    await one.files('fines', [OTHER_HEADER, ...FILE].join('\n'), 'fines.csv')
    await one.rejectsAre(1)
    const [listed] = await one.desk.list({}, 1)
    const id = listed?.id ?? ''
    expect(await one.desk.replay({ id, by: 'li' })).toMatchObject({ rejected: [{ reason: 'wrong-header' }] })
    const mended = Buffer.from([FINE_HEADER, ...FILE].join('\n'))
    const counts = { lines: 3, observations: 2, versions: 0, duplicates: 0, rejects: 1 }
    expect(await one.desk.replay({ id, by: 'li', mended })).toEqual({ outcome: 'replayed', counts })
    expect(await one.desk.replay({ id, by: 'wang', mended })).toMatchObject({ outcome: 'already-replayed', by: 'li' })
    const { observations } = await readLog(one.log, realm)
    expect(observations.map(({ source, line }) => [source, line])).toEqual([
      ['fines.csv', 2],
      ['fines.csv', 3],
    ])
    const open = await until('the end of the file in the history', async () => {
      const listed = await one.desk.list({ state: 'open' }, 10)
      return listed.length === 1 && listed[0]?.id !== id ? listed : undefined
    })
    expect(open).toMatchObject([{ reason: 'bad-date', line: 4 }])
  })

  it('is replayed as it is, once the policy fits it, and brings nothing twice that came meanwhile', async () => {
    const one = await city('mapped', [FINES])
    await one.files('fines', [OTHER_HEADER, ...FILE].join('\n'), 'fines.csv')
    await one.files('fines', [FINE_HEADER, FILE[0]].join('\n'), 'right.csv')
    await one.rejectsAre(1)
    const [listed] = await one.desk.list({}, 1)
    const next = openStewardCity({
      ...{ redis, history, realm: 'mapped' },
      feeds: [
        {
          ...FINES,
          authority: { column: 'authority' },
          required: ['code', 'documents', 'filed', 'authority'],
          key: ['documents'],
        },
      ],
    })
    opened.push(await next)
    const outcome = await (await next).desk.replay({ id: listed?.id ?? '', by: 'li' })
    // One record by its key, in other words: the same one anew, and none twice.
    const counts = { lines: 3, observations: 1, versions: 1, duplicates: 0, rejects: 1 }
    expect(outcome).toEqual({ outcome: 'replayed', counts })
  })
})
