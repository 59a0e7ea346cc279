import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPolicySet } from '../../app/policies.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { AS_KNOWN_NOW, standingPoints } from '../../core/risk-history.ts'
import { settleAll } from '../../ingest/identity/settle.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { CODE, midnight, penalty, REGISTRATION, RESTAURANT } from '../support/guide-city.ts'
import { openStewardCity, type StewardCity } from '../support/steward-city.ts'

const OTHER_CODE = '91140106MA0T10375C'
const OTHER = `uscc:${OTHER_CODE}`
const MERGED = midnight('2026-06-10')

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

/** The default rules and two feeds of the demonstration's, over real stores and processors. */
async function open(realm: string): Promise<StewardCity> {
  const set = loadPolicySet(fileURLToPath(new URL('../../policies', import.meta.url)), 'demo-city')
  const feeds = ['registry', 'penalties'].flatMap((feed) => set.feeds.get(feed) ?? [])
  const city = await openStewardCity({ redis, history, realm, feeds, scoring: { ...set.realm, realm } })
  opened.push(city)
  return city
}

const csv = (rows: readonly Readonly<Record<string, string>>[]) =>
  [Object.keys(rows[0] ?? {}).join(','), ...rows.map((row) => Object.values(row).join(','))].join('\n')

/** The same months, the second shop's rows filed under `code`; what is done in between is `inJune`. */
async function months(realm: string, code: string, inJune: (city: StewardCity) => Promise<void>): Promise<StewardCity> {
  const city = await open(realm)
  await city.files('registry', csv([REGISTRATION]))
  await city.files(
    'penalties',
    csv([
      penalty('并市罚〔2026〕1号', '2026-02-10', { CF_CFLB: '罚款' }),
      penalty('并市罚〔2026〕2号', '2026-03-05', { CF_XDR_SHXYM: code }),
      penalty('并市罚〔2026〕3号', '2026-05-20', { CF_XDR_SHXYM: code, CF_CFLB: '吊销许可证件' }),
    ]),
  )
  await city.complete(midnight('2026-06-10'))
  await city.processed()
  await inJune(city)
  await city.files('penalties', csv([penalty('并市罚〔2026〕4号', '2026-07-01', { CF_XDR_SHXYM: code })]))
  await city.complete(midnight('2026-08-01'))
  await city.processed()
  return city
}

const POINTS = standingPoints(['risk', 'own', 'basis', 'class', 'signals'], 'enterprise = {enterprise:String}')

/** All that stands of an enterprise's risk; evidence is named by what was filed, so it is counted. */
async function pointsOf({ parts }: StewardCity, enterprise: string) {
  const rows = await history.history.query<Omit<RiskPoint, 'signals'> & { readonly signals: string }>(
    `SELECT effective, risk, own, basis, class, signals FROM ${POINTS} ORDER BY effective`,
    { realm: parts.realm, enterprise, known: AS_KNOWN_NOW },
  )
  return rows.map(({ signals, ...point }) => {
    const said: RiskPoint['signals'] = JSON.parse(signals)
    return { ...point, signals: said.map(({ evidence, ...signal }) => ({ ...signal, evidence: evidence.length })) }
  })
}

const merge = async (city: StewardCity) => {
  const order = { from: OTHER, into: RESTAURANT, by: 'li', note: '', at: MERGED }
  expect(await city.desk.merge(order)).toEqual({ outcome: 'merged' })
  await settleAll({ ...city.parts, policies: city.parts.policies.values() })
}

describe('after a merge', () => {
  it('the scores are those of a history in which it had always been one subject', async () => {
    const merged = await months('merged-one', OTHER_CODE, merge)
    const always = await months('always-one', CODE, async () => undefined)
    const points = await pointsOf(always, RESTAURANT)
    expect(points.length).toBeGreaterThan(3)
    expect(await pointsOf(merged, RESTAURANT)).toEqual(points)
  })

  it('nothing is said any more of the subject that it has become part of; after a split all is as if it had never been', async () => {
    const split = await months('split-again', OTHER_CODE, async (city) => {
      await merge(city)
      await city.processed()
      const gone = (await pointsOf(city, OTHER)).filter(({ effective }) => effective > MERGED)
      expect(gone.at(-1)?.risk ?? 0).toBe(0)
      const order = { from: RESTAURANT, into: OTHER, by: 'li', note: '', at: MERGED }
      city.passes(1_000)
      expect(await city.desk.split(order)).toEqual({ outcome: 'split' })
      await settleAll({ ...city.parts, policies: city.parts.policies.values() })
    })
    const never = await months('never-one', OTHER_CODE, async () => undefined)
    for (const subject of [RESTAURANT, OTHER]) {
      const from = midnight('2026-06-12')
      const standing = async (city: StewardCity) => {
        const points = await pointsOf(city, subject)
        return [
          points.findLast(({ effective }) => effective <= from),
          ...points.filter(({ effective }) => effective > from),
        ].map((point) => ({ ...point, effective: Math.max(from, point?.effective ?? 0) }))
      }
      expect(await standing(split)).toEqual(await standing(never))
    }
  })
})
