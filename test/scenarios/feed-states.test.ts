import { describe, expect, it } from 'vitest'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryPresent } from '../../adapters/memory/present.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import { createFeedWatch } from '../../app/feed-watch.ts'
import { createWorkCalendar } from '../../core/calendar.ts'
import type { PartialPeriod } from '../../core/cells.ts'
import type { Decision } from '../../core/decision.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import type { FeedHealth, RiskPoint } from '../../core/risk.ts'
import { SHARDS } from '../../core/shard.ts'
import { DAY_MS, HOUR_MS, nextGrid, toLocalIso } from '../../core/time.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import { emptyCellState, observePartial, sealPeriods } from '../../processors/cell-fold.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { parseLines } from '../../processors/json-lines.ts'
import { createRealmProcessor } from '../../processors/realm-processor.ts'
import { CN, COMMON } from '../support/indicator-view.ts'
import { testSealer } from '../support/ingest-fixture.ts'
import { testRealm } from '../support/observations.ts'

/** Payments of social insurance, sent on every working day. */
const PAYMENTS: FeedPolicy = {
  feed: 'insurance',
  name: { zh: '社保', en: 'Insurance' },
  format: 'csv',
  authority: { constant: 'human-resources' },
  trust: 'verified',
  lateAfterMinutes: 1440,
  workingDays: true,
  required: ['number', 'licence', 'paid'],
  key: ['number'],
  subject: { kind: 'enterprise', scheme: 'licence', id: { column: 'licence' } },
  observations: [{ part: 'paid', kind: 'arrears', known: { column: 'paid', date: 'iso' } }],
}

/** Nothing paid for five working days. */
const REALM: RealmPolicy = testRealm({
  clock: 'live',
  calendar: CN,
  indicators: [
    {
      ...{ ...COMMON, id: 'silence', kind: 'absence', feed: 'insurance', workingDays: true },
      ...{ select: { kinds: ['arrears'] }, afterDays: 5, fullDays: 15 },
    },
  ],
})
const at = (local: string) => Date.parse(`${local}+08:00`)
const shown = (instant: number | undefined) =>
  instant === undefined ? undefined : toLocalIso(instant, 480).slice(0, 16)

/** Hours of the day at which the clock is looked at. */
const HOURS = [0, 10, 11]

/** The real intake, watch and folds on one clock; what is told happens at its hour. */
async function play(from: string, until: string, tell: ReadonlyMap<number, readonly string[]>) {
  let now = at(from)
  const clock = { now: () => now }
  const log = createMemoryEventLog({ wait: async () => undefined })
  const set = { realm: REALM, feeds: new Map([['insurance', PAYMENTS]]) }
  const present = createMemoryPresent()
  const watch = await createFeedWatch(present, set, clock)
  const intake = await openRealmIntake({
    ...{ realm: 'test', feeds: ['insurance'], log, clock, heldBound: 1e9, sealer: testSealer() },
    live: { graceMs: 1_000, idleAfterMs: 60_000 },
    index: createMemoryRecordIndex(log),
    onCommitted: ({ feed }, receipt, fresh) => watch.note(feed.policy.feed, receipt, fresh),
  })
  const feed = compileFeed(PAYMENTS, REALM, { personalKey: new Uint8Array(32).fill(9), legacyCodes: new Set() })
  const policy = compilePolicy(REALM)
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const processor = createRealmProcessor(policy, shards, new Map())
  const cells = emptyCellState()
  const open = (topic: 'observations' | 'decisions', of: number[]) =>
    log.reader({ topic, realm: 'test', shards: of, after: new Map(), maxBytes: 1e8 })
  const reader = await open('observations', shards)
  const points: RiskPoint[] = []
  let number = 0

  async function fold(): Promise<void> {
    processor.observe(await reader.poll(0))
    for (let moved = true; moved; ) {
      processor.elapse()
      const said = processor.said()
      points.push(...said.points.map(({ point }) => point))
      for (const { bytes } of said.aggregates) {
        for (const partial of parseLines<PartialPeriod>(bytes)) observePartial(cells, partial)
      }
      const sealed = sealPeriods(cells, policy.periodMs)
      processor.takeSealed(sealed)
      moved = sealed.length > 0
    }
  }

  for (; now < at(until); now = nextLook(now)) {
    for (const licence of tell.get(now) ?? []) {
      number += 1
      const line = `number,licence,paid\n${number},${licence},${new Date(now).toISOString()}`
      const rows = readRows(PAYMENTS, Buffer.from(line))
      await intake.submit({ feed, source: 'test', rows, bulk: false, occurrence: createOccurrences() })
    }
    await intake.elapse()
    await watch.look(intake)
    await fold()
  }
  const decisions = (await (await open('decisions', [0])).poll(0)).flatMap(({ bytes }) => parseLines<Decision>(bytes))
  const health: FeedHealth = JSON.parse((await present.readOne('test', 'feeds', 'insurance')) ?? '{}')
  return {
    health,
    turns: decisions.flatMap((one) => (one.type === 'feed-state' ? [`${shown(one.at)} ${one.from} ${one.to}`] : [])),
    firstRisk: (who: string) =>
      shown(points.find(({ enterprise, risk }) => enterprise === `licence:${who}` && risk > 0)?.effective),
    changes: (who: string) =>
      points.filter(({ enterprise }) => enterprise === `licence:${who}`).map(({ effective }) => shown(effective)),
  }
}

function nextLook(now: number): number {
  const hours = HOURS.map((hour) => nextGrid(now - hour * HOUR_MS, DAY_MS, 480) + hour * HOUR_MS)
  return Math.min(...hours)
}

describe('a feed that rests, is late, breaks and is well again', () => {
  it('holds who is silent then, and nobody is late on a holiday', async () => {
    // The feed brings one enterprise or another at ten on every working day; the Spring Festival is 15 to 23 February.
    // After 25 February nothing comes before 5 March.
    const calendar = createWorkCalendar(CN, 480)
    const tell = new Map<number, readonly string[]>()
    for (let hour = at('2026-02-02T10:00'); hour < at('2026-03-12T00:00'); hour += 24 * HOUR_MS) {
      const isDown = hour > at('2026-02-25T10:00') && hour < at('2026-03-05T10:00')
      if (!isDown && calendar.isWorkingDay(calendar.dayOf(hour))) tell.set(hour, ['always'])
    }
    tell.set(at('2026-02-02T10:00'), ['early'])
    tell.set(at('2026-02-14T10:00'), ['late'])
    const city = await play('2026-02-02T00:00', '2026-03-12T00:00', tell)

    expect(city.turns).toEqual([
      '2026-02-26T11:00 healthy late',
      '2026-02-27T11:00 late silent',
      '2026-03-05T11:00 silent healthy',
    ])
    // Five working days after 2 February, ten o'clock: sealed with the day.
    expect(city.firstRisk('early')).toBe('2026-02-10T00:00')
    // After 14 February 73 hours of work had passed when the feed was late; the last 47 came once it was well again.
    expect(city.firstRisk('late')).toBe('2026-03-10T00:00')
    expect(
      city.changes('early').filter((day) => day !== undefined && day > '2026-02-27T00:00' && day < '2026-03-05'),
    ).toEqual([])
    expect(city.health).toMatchObject({ state: 'healthy' })
    // Twenty spans of a working day were met, the three of the outage and what is yet to come were not.
    expect(city.health.completeness).toBeLessThan(1000)
    expect(city.health.completeness).toBeGreaterThan(700)
  })

  it('without an outage the same enterprise falls due nine days earlier, festival and all', async () => {
    const tell = new Map<number, readonly string[]>()
    for (let hour = at('2026-02-14T10:00'); hour < at('2026-03-03T00:00'); hour += 24 * HOUR_MS)
      tell.set(hour, ['always'])
    tell.set(at('2026-02-14T10:00'), ['late', 'always'])
    const city = await play('2026-02-14T00:00', '2026-03-03T00:00', tell)
    expect(city.turns).toEqual([])
    expect(city.firstRisk('late')).toBe('2026-03-01T00:00')
    expect(city.health.completeness).toBe(1000)
  })
})
