import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadPolicySet } from '../../app/policies.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { IndicatorPolicy } from '../../core/indicator-policy.ts'
import type { Observation } from '../../core/observation.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { AUTHORITIES } from '../../simulation/authorities.ts'
import { CAUSE_TEXTS } from '../../simulation/causes.ts'
import { DISTRICTS } from '../../simulation/city.ts'
import { METRICS } from '../../simulation/devices.ts'
import { FEED_NAMES, type FeedName } from '../../simulation/feeds/feed.ts'
import { bodyOf } from '../../simulation/headers.ts'
import { byFeed, history } from '../../simulation/timeline.ts'
import { TRADES } from '../../simulation/trades.ts'
import { createWorld } from '../../simulation/world.ts'

const policies = new URL('../../policies/', import.meta.url)
const read = (path: string) => JSON.parse(readFileSync(new URL(path, policies), 'utf8'))
const { realm, feeds: loaded } = loadPolicySet(fileURLToPath(policies), 'demo-city')
const feeds = byFeed((feed): FeedPolicy => {
  const policy = loaded.get(feed)
  if (policy === undefined) throw new Error(`the set has no feed ${feed}`)
  return policy
})
const secrets = { personalKey: Buffer.from('a key of this test'), legacyCodes: new Set<string>() }

const firstDay = 20_458
const days = 200
const world = createWorld({ seed: 21, enterprises: 400, firstDay })

/** What the front door would make of everything that the simulated city sends in two hundred days. */
function observe(): { kept: Observation[]; rejected: { feed: FeedName; reason: string }[] } {
  const lines = byFeed((): string[] => [])
  for (const { rows } of history(world, { from: firstDay, to: firstDay + days, hourlyFrom: firstDay + days })) {
    for (const feed of FEED_NAMES) for (const { line } of rows[feed]) lines[feed].push(line)
  }
  const kept: Observation[] = []
  const rejected: { feed: FeedName; reason: string }[] = []
  for (const feed of FEED_NAMES) {
    const compiled = compileFeed(feeds[feed], realm, secrets)
    for (const row of readRows(feeds[feed], Buffer.from(bodyOf(feed, lines[feed]).text))) {
      if (row.error !== undefined) {
        rejected.push({ feed, reason: row.error })
        continue
      }
      const mapped = compiled.mapRow(row, { source: feed, received: 0, occurrence: () => 0 })
      if (mapped.kept === undefined) rejected.push({ feed, reason: mapped.rejected.reason })
      else kept.push(...mapped.kept.observations)
    }
  }
  return { kept, rejected }
}
const { kept, rejected } = observe()

describe('the demonstration city’s policies', () => {
  it('understand every row that is sent, but for slips in a code', () => {
    expect(rejected.filter(({ reason }) => reason !== 'bad-check-digit')).toEqual([])
    expect(rejected.length).toBeLessThan(10)
  })

  it('make every kind of fact that their indicators wait for', () => {
    const made = new Set(kept.map(({ kind }) => kind))
    const wanted = realm.indicators.flatMap((indicator) => ('select' in indicator ? indicator.select.kinds : []))
    expect(wanted.filter((kind) => !made.has(kind))).toEqual([])
    const metrics = new Set(kept.flatMap(({ facts }) => (facts.metric === undefined ? [] : [facts.metric])))
    expect(metrics).toEqual(new Set(METRICS.map(({ id }) => id)))
  })

  it('use every kind of indicator there is but the age of a firm, which moves every score all the time', () => {
    const kinds = new Set(realm.indicators.map(({ kind }) => kind))
    expect(kinds.size).toBe(9)
    expect(kinds).not.toContain('age')
    expect(new Set(realm.indicators.map(({ family }) => family)).size).toBe(5)
    expect(() => compilePolicy(realm)).not.toThrow()
  })

  it('let only verified findings and decisions into the class basis', () => {
    for (const indicator of realm.indicators.filter(({ basis }) => basis)) {
      expect(indicator.kind).toBe('decayed-count')
      if (indicator.kind === 'decayed-count') expect(indicator.select.trusts).toEqual(['verified'])
    }
  })

  it('name every district, industry, cause and authority that the feeds bring', () => {
    expect(Object.keys(realm.districts).sort()).toEqual(DISTRICTS.map(({ code }) => code).sort())
    for (const { section } of TRADES) expect(realm.industries).toHaveProperty(section)
    for (const cause of Object.keys(CAUSE_TEXTS)) expect(realm.causes).toHaveProperty(cause)
    const authorities = new Set(AUTHORITIES.map(({ id }) => id))
    for (const { cause, district, industry, authority } of kept) {
      if (cause !== '') expect(realm.causes).toHaveProperty(cause)
      if (district !== '') expect(realm.districts).toHaveProperty(district)
      if (industry !== '') expect(realm.industries).toHaveProperty(industry)
      if (!authorities.has(authority)) throw new Error(`unknown authority ${authority}`)
    }
    for (const { cause } of realm.indicators) expect(realm.causes).toHaveProperty(cause)
  })

  it('send every warning to one of the 24 authorities or the duty centre', () => {
    const receivers = new Set([...AUTHORITIES.map(({ id }) => id), 'duty-centre'])
    expect(realm.routes.filter(({ receiver }) => !receivers.has(receiver))).toEqual([])
    expect(realm.routes.at(-1)).toEqual({ receiver: 'duty-centre' })
  })

  it('keep no personal number: identity numbers and phones are tokens', () => {
    const text = JSON.stringify(kept)
    expect(text).not.toMatch(/14010018\d{9}[\dX]/)
    expect(text).not.toMatch(/"140\d{8}"/)
    expect(text).toMatch(/"caller":"tk:/)
    expect(text).toMatch(/"owner":"tk:/)
  })

  it('count complaints without a name at their place', () => {
    const complaints = kept.filter(({ kind }) => kind === 'complaint')
    const atPlaces = complaints.filter(({ subject }) => subject.startsWith('place:'))
    expect(atPlaces.length / complaints.length).toBeGreaterThan(0.08)
    const square = new Set(kept.filter(({ kind }) => kind === 'registration').map(({ facts }) => facts.place))
    expect(atPlaces.filter(({ subject }) => square.has(subject)).length).toBeGreaterThan(0)
  })

  it('take money as fen and an unfinished penalty back out of its later version', () => {
    const penalty = kept.find(({ kind, value }) => kind === 'penalty' && value !== null && value > 0)
    expect(Number.isInteger(penalty?.value)).toBe(true)
    expect(penalty?.unit).toBe('fen')
    const repaired = kept.filter(({ kind }) => kind === 'repair' || kind === 'withdrawal')
    const records = new Set(kept.filter(({ kind }) => kind === 'penalty').map(({ record }) => record))
    expect(repaired.length).toBeGreaterThan(0)
    expect(repaired.every(({ record }) => records.has(record))).toBe(true)
  })

  it('are the real city’s too, which has more feeds and what waits for them', () => {
    for (const folder of ['feeds', 'tables']) {
      for (const name of readdirSync(new URL(`demo-city/${folder}/`, policies))) {
        expect(readFileSync(new URL(`city/${folder}/${name}`, policies), 'utf8')).toBe(
          readFileSync(new URL(`demo-city/${folder}/${name}`, policies), 'utf8'),
        )
      }
    }
    // A real minute is a minute: only the simulated city, whose day takes two, seals by the hour.
    const {
      realm: _r,
      name: _n,
      demonstration,
      clock,
      tickMinutes,
      indicators,
      causes,
      routes,
      calendar,
      // What the simulated city has no feeds for: law's times and data comparison.
      publication: _p,
      comparisons: _c,
      ...rest
    } = read('city/realm.json')
    expect([demonstration, clock, tickMinutes]).toEqual([false, 'live', 1])
    expect(calendar).toBe('cn')
    expect({ ...realm, ...rest }).toEqual(realm)
    expect(causes).toMatchObject(realm.causes)
    expect(routes).toHaveLength(realm.routes.length)
    const own = new Set(realm.indicators.map(({ id }) => id))
    expect(indicators.filter(({ id }: IndicatorPolicy) => own.has(id))).toEqual(realm.indicators)
  })
})
