import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFileSeedStore } from '../adapters/files/seed-store.ts'
import { createMemoryEventLog } from '../adapters/memory/event-log.ts'
import { createMemoryPresent } from '../adapters/memory/present.ts'
import { Refusal, Rejected, Retryable } from '../core/errors.ts'
import type { EventLog } from '../core/event-log.ts'
import { fullHash } from '../core/hash.ts'
import policyDocument from '../policies/sampling/henan-2021.json' with { type: 'json' }
import { type TestHistory, withHistory } from '../test/support/embedded.ts'
import { createInspections, type InspectedRealm, type Inspections, periodOf } from './run-inspections.ts'
import { readSamplingPolicy } from './sampling-policy.ts'
import { verifyDraw } from './verify-draw.ts'

const MARCH = Date.UTC(2026, 2, 1)
const NOVEMBER = Date.UTC(2026, 10, 1)
const policy = readSamplingPolicy(policyDocument)

let store: TestHistory
let folder: string

beforeAll(async () => {
  store = await withHistory()
  folder = await mkdtemp(join(tmpdir(), 'fengsui-seeds-'))
})

afterAll(async () => {
  await store.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A realm of its own in the shared history, so that no test sees another's rows. */
async function city(name: string, more: Partial<InspectedRealm> = {}): Promise<City> {
  const log = createMemoryEventLog()
  const present = createMemoryPresent()
  const inspectors = Array.from({ length: 6 }, (_, number) => ({
    inspector: `insp-140105-0${number}`,
    authority: 'market-140105',
    district: '140105',
    avoids: [],
  }))
  let seeds = 0
  const start = (over: EventLog = log): Inspections =>
    createInspections({
      log: over,
      history: store.history,
      present,
      seeds: createFileSeedStore(folder),
      randomSeed: () => fullHash(`${name} ${seeds++}`),
      realms: new Map([
        [
          name,
          {
            realm: name,
            zoneOffsetMinutes: 480,
            policy,
            classScheme: 'fengsui-abcd-1',
            inspectors,
            now: () => NOVEMBER,
            ...more,
          },
        ],
      ]),
    })
  await insert('risk', [
    ...Array.from({ length: 40 }, (_, number) => risk(name, `e${number}`, MARCH, number < 20 ? 'D' : 'A')),
    // Once in D, in A since October.
    risk(name, 'e0', NOVEMBER - 1, 'A'),
    // A rebuild found that this change to D never was.
    risk(name, 'e30', MARCH + 5, 'D'),
    risk(name, 'e30', MARCH + 5, 'D', { revision: 1, removed: 1 }),
    // Not yet in force.
    risk(name, 'e31', NOVEMBER + 1, 'D'),
  ])
  return { log, present, start }
}

interface City {
  readonly log: EventLog
  readonly present: ReturnType<typeof createMemoryPresent>
  start(over?: EventLog): Inspections
}

function risk(realm: string, enterprise: string, effective: number, letter: string, more: object = {}): object {
  const scores = { risk: 0, own: 0, basis: 0, revision: 0, removed: 0 }
  const place = { name: '', district: '140105', industry: 'H' }
  return {
    realm,
    enterprise,
    effective,
    class: letter,
    ...scores,
    ...place,
    signals: [],
    policy: '',
    receipt: '',
    ...more,
  }
}

async function insert(table: 'risk' | 'observations' | 'enterprises', rows: readonly object[]): Promise<void> {
  const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await store.history.insert(table, bytes, fullHash(bytes))
}

async function rowsOf(realm: string): Promise<readonly string[]> {
  const sql = 'SELECT type FROM decisions FINAL WHERE realm = {realm:String} ORDER BY type'
  return (await store.history.query<{ type: string }>(sql, { realm })).map(({ type }) => type)
}

async function logged(log: EventLog, realm: string): Promise<readonly string[]> {
  const reader = await log.reader({ topic: 'decisions', realm, shards: [0], after: new Map(), maxBytes: 1e9 })
  const batches = await reader.poll(0)
  return batches.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()).type)
}

/** Dies when it is about to write an entry of that kind. */
function dyingBefore(log: EventLog, type: string): EventLog {
  return {
    ...log,
    async append(batches) {
      if (batches.some(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()).type === type)) {
        throw new Retryable('gone', 'the process was killed')
      }
      return log.append(batches)
    },
  }
}

describe('a plan', () => {
  it('counts the class in force: the newest change point that no rebuild made void', async () => {
    const { start, present } = await city('classes')
    const { plan } = await start().recalculate('classes', '2026-11')
    expect(plan.strata.map(({ class: letter, enterprises }) => [letter, enterprises])).toEqual([
      ['A', 21],
      ['B', 0],
      ['C', 0],
      ['D', 19],
    ])
    expect(JSON.parse((await present.readOne('classes', 'plans', 'current')) ?? '')).toEqual({
      period: '2026-11',
      policy: plan.policy,
      strata: plan.strata,
      drawn: 0,
    })
  })

  it('says nothing new when nothing changed, and yields to no older period on the board', async () => {
    const { start, log, present } = await city('again')
    const inspections = start()
    await inspections.recalculate('again', '2026-11')
    await inspections.recalculate('again', '2026-11')
    await inspections.recalculate('again', '2026-10')
    expect(await logged(log, 'again')).toEqual(['plan-set', 'plan-set'])
    expect(await present.readOne('again', 'plans', 'current')).toContain('2026-11')
  })

  it('keeps off an enterprise whose routine check was already made, but not one that was checked after a complaint', async () => {
    const { start } = await city('checked')
    await insert('observations', [
      check('checked', 'e1', 'routine', {}),
      check('checked', 'e2', 'complaint', {}),
      check('checked', 'e3', 'routine', {}, { version: 2, gone: 1 }),
      check('checked', 'e3', 'routine', {}),
      check('checked', 'e4', 'routine', { draw: 'draw/2026-10' }),
      check('checked', 'e5', 'routine', {}, { occurred: Date.UTC(2025, 11, 31, 15), known: NOVEMBER }),
    ])
    const { computed } = await start().recalculate('checked', '2026-11')
    expect(computed?.atCap).toBe(1)
    expect(computed?.roster.map(({ enterprise }) => enterprise)).not.toContain('e1')
  })

  it('samples at 100 % a year whose registered facts fall under an override', async () => {
    const { start } = await city('zero')
    const facts = { annualReport: 'all-zero' }
    await insert('enterprises', [
      { realm: 'zero', enterprise: 'e39', name: '', district: '140105', industry: 'H', facts, known: MARCH },
    ])
    const { computed } = await start().recalculate('zero', '2026-12')
    expect(computed?.roster.find(({ enterprise }) => enterprise === 'e39')?.probabilityPpm).toBe(1_000_000)
  })

  it('is refused where the letters of the classes mean something else', async () => {
    const { start } = await city('letters', { classScheme: 'jiangxi-ecology' })
    await expect(start().recalculate('letters', '2026-11')).rejects.toThrow(Refusal)
  })

  it('is refused for a month that is none, and for a realm that is none', async () => {
    const { start } = await city('wrong')
    await expect(start().recalculate('wrong', '2026-13')).rejects.toThrow(Rejected)
    await expect(start().recalculate('nowhere', '2026-11')).rejects.toThrow(Rejected)
  })
})

describe('the draw of a period', () => {
  it('is committed before it is opened, verifies, and stands in log, history and present', async () => {
    const { start, log, present } = await city('fair')
    const { committed, opened } = await start().drawPeriod('fair', '2026-11')
    expect(verifyDraw(committed, opened)).toMatchObject({ ok: true })
    expect(await logged(log, 'fair')).toEqual(['plan-set', 'draw-committed', 'draw-opened'])
    expect(await rowsOf('fair')).toEqual(['draw-committed', 'draw-opened', 'plan-set'])
    expect(opened.visits.length).toBeGreaterThan(0)
    expect(opened.visits.every(({ inspectors }) => inspectors.length === 2)).toBe(true)
    expect(await present.readOne('fair', 'plans', 'current')).toContain(`"drawn":${opened.visits.length}`)
  })

  it('happens once: asked again, it answers the same, and the plan no longer moves', async () => {
    const { start, log } = await city('once')
    const first = await start().drawPeriod('once', '2026-11')
    await insert('risk', [risk('once', 'e39', NOVEMBER - 1, 'D')])
    const again = start()
    expect(await again.drawPeriod('once', '2026-11')).toEqual(first)
    expect((await again.recalculate('once', '2026-11')).computed).toBeUndefined()
    expect(await logged(log, 'once')).toHaveLength(3)
  })

  it.each(['draw-committed', 'draw-opened'])(
    'resumes with the same seed when killed before %s is written',
    async (type) => {
      const name = `killed-${type}`
      const { start, log } = await city(name)
      await expect(start(dyingBefore(log, type)).drawPeriod(name, '2026-11')).rejects.toThrow(Retryable)
      const { committed, opened } = await start().drawPeriod(name, '2026-11')
      expect(opened.seed).toBe(fullHash(`${name} 0`))
      expect(verifyDraw(committed, opened).ok).toBe(true)
      expect(await logged(log, name)).toEqual(['plan-set', 'draw-committed', 'draw-opened'])
    },
  )

  it('follows the first commitment where two processes made one at once', async () => {
    const { start, log } = await city('two')
    let stopped: Promise<unknown> | undefined
    const raced: EventLog = {
      ...log,
      async append(batches) {
        if (
          stopped === undefined &&
          JSON.parse(Buffer.from(batches[0]?.bytes ?? []).toString()).type === 'draw-committed'
        ) {
          stopped = start(dyingBefore(log, 'draw-opened')).drawPeriod('two', '2026-11')
          await expect(stopped).rejects.toThrow(Retryable)
        }
        return log.append(batches)
      },
    }
    const { committed, opened } = await start(raced).drawPeriod('two', '2026-11')
    expect(verifyDraw(committed, opened).ok).toBe(true)
    expect((await logged(log, 'two')).filter((type) => type === 'draw-committed')).toHaveLength(2)
    expect(await start().drawPeriod('two', '2026-11')).toEqual({ committed, opened })
  })

  it('is still known after the log was trimmed', async () => {
    const { start, log } = await city('trimmed')
    const first = await start().drawPeriod('trimmed', '2026-10')
    const end = (await log.ends('decisions', 'trimmed')).get(0) ?? ''
    await log.trim('decisions', 'trimmed', 0, end)
    expect(await start().drawPeriod('trimmed', '2026-10')).toEqual(first)
    const { computed } = await start().recalculate('trimmed', '2026-11')
    expect(computed?.atCap).toBe(first.opened.visits.length)
  })

  it('holds a roster that is longer than an entry of the log may be, and finds it again from log or history', async () => {
    const { start, log } = await city('large')
    await insert(
      'risk',
      Array.from({ length: 25_000 }, (_, number) => risk('large', `l${number}`, MARCH, 'A')),
    )
    const first = await start().drawPeriod('large', '2026-11')
    expect(first.committed.roster).toHaveLength(25_040)
    expect(verifyDraw(first.committed, first.opened).ok).toBe(true)
    const kinds = await logged(log, 'large')
    expect(kinds).toEqual(['plan-set', 'draw-roster', 'draw-roster', 'draw-roster', 'draw-committed', 'draw-opened'])
    const end = (await log.ends('decisions', 'large')).get(0) ?? ''
    await log.trim('decisions', 'large', 0, end)
    expect(await start().drawPeriod('large', '2026-11')).toEqual(first)
  })

  it('is refused, not made anew, when the sealed seed is gone', async () => {
    const { start, log } = await city('lost')
    await expect(start(dyingBefore(log, 'draw-opened')).drawPeriod('lost', '2026-11')).rejects.toThrow(Retryable)
    await rm(join(folder, 'lost'), { recursive: true })
    await expect(start().drawPeriod('lost', '2026-11')).rejects.toThrow(Refusal)
    expect(await logged(log, 'lost')).toEqual(['plan-set', 'draw-committed'])
  })

  it('is refused where there is nobody to draw', async () => {
    const { start } = await city('empty', { now: () => MARCH - 1 })
    await expect(start().drawPeriod('empty', '2026-02')).rejects.toThrow(Rejected)
  })

  it('takes the month from the realm’s own clock where the request names none', async () => {
    const { start, present } = await city('monthly')
    await start().handle({ work: 'inspections', realm: 'monthly', draw: true })
    expect(await present.readOne('monthly', 'plans', 'current')).toContain('2026-11')
    expect(periodOf(Date.UTC(2026, 9, 31, 16), 480)).toBe('2026-11')
    expect(periodOf(Date.UTC(2026, 9, 31, 15, 59), 480)).toBe('2026-10')
  })
})

function check(realm: string, subject: string, how: string, facts: object, more: object = {}): object {
  const at = Date.UTC(2026, 4, 5)
  const times = { occurred: at, decided: at, published: at, known: at, received: at }
  const origin = {
    feed: 'visits',
    record: subject,
    part: 'visit',
    authority: 'market-140105',
    trust: 'verified',
    source: 's',
  }
  const rest = {
    content: '',
    district: '140105',
    industry: 'H',
    cause: '',
    value: null,
    unit: '',
    line: 1,
    gone: 0,
    version: 1,
  }
  const id = `visits/${subject}/visit`
  return {
    realm,
    subject,
    id,
    kind: 'inspection-result',
    ...times,
    ...origin,
    ...rest,
    facts: { check: how, ...facts },
    ...more,
  }
}
