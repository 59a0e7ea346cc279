import { describe, expect, test } from 'vitest'
import { shardOf } from '../core/shard.ts'
import { alertPolicy, day, ENTERPRISE, riskPoint } from '../test/support/alert-policy.ts'
import { type AlertWorld, away, createAlertWorld, type Fault, Killed } from '../test/support/memory-alerts.ts'

const SHARD = shardOf(ENTERPRISE)
const WARNING = `city/${ENTERPRISE}/${day(1)}`

function decision(id: string, to: string) {
  return { type: 'warning-decided', realm: 'city', id, warning: WARNING, to, by: 'duty', note: '', at: day(2) }
}

async function rise(world: AlertWorld): Promise<void> {
  await world.append('signals', SHARD, [riskPoint(0, 100), riskPoint(1, 655)])
}

function outcome(world: AlertWorld) {
  const byId = (rows: readonly Record<string, unknown>[]) =>
    rows.map((row) => JSON.stringify(row)).sort((a, b) => (a < b ? -1 : 1))
  return { warnings: byId(world.rows('warnings')), notices: byId(world.rows('notices')) }
}

async function noticesInLog(world: AlertWorld): Promise<ReadonlySet<string>> {
  const options = { topic: 'notices', realm: 'city', shards: [0], after: new Map(), maxBytes: 1e9 } as const
  const reader = await world.ports.log.reader(options)
  const batches = await reader.poll(0)
  const lines = batches.flatMap((batch) => new TextDecoder().decode(batch.bytes).split('\n').filter(Boolean))
  return new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id))
}

describe('the alert role', () => {
  test('carries a rise to history, log, board and receiver', async () => {
    const world = createAlertWorld()
    await rise(world)
    await world.run()
    expect(world.rows('warnings')).toMatchObject([{ id: WARNING, level: 'orange', revision: 1 }])
    expect(world.rows('notices')).toMatchObject([{ id: `${WARNING}/1/food-bureau`, warning: WARNING, state: 'made' }])
    expect(await noticesInLog(world)).toEqual(new Set([`${WARNING}/1/food-bureau`]))
    expect(Object.keys(await world.ports.present.read('city', 'warnings'))).toEqual([WARNING])
    expect(world.delivered.map((notice) => notice.id)).toEqual([`${WARNING}/1/food-bureau`])
  })

  test('takes a withdrawn warning off the board, and puts the board right after the present was lost', async () => {
    const world = createAlertWorld()
    await rise(world)
    await world.run()
    await world.ports.present.remove('city', 'warnings', [WARNING])
    await world.ports.present.put('city', 'warnings', { stale: '{}' })
    await world.run()
    expect(Object.keys(await world.ports.present.read('city', 'warnings'))).toEqual([WARNING])
    await world.append('signals', SHARD, [riskPoint(2, 0)])
    await world.run()
    expect(await world.ports.present.read('city', 'warnings')).toEqual({})
  })

  test('killed at any effect, before or after it was carried out, it loses nothing and repeats only what is harmless', async () => {
    const calm = createAlertWorld()
    const effects = await tell(calm, undefined)
    const expected = outcome(calm)
    const log = await noticesInLog(calm)
    expect(effects).toBeGreaterThan(15)
    for (let at = 1; at <= effects; at++) {
      for (const when of ['before', 'after'] as const) {
        const world = createAlertWorld()
        await tell(world, { at, when })
        expect(outcome(world), `${when} effect ${at}`).toEqual(expected)
        expect(await noticesInLog(world)).toEqual(log)
        const ids = world.delivered.map((notice) => notice.id)
        expect(new Set(ids)).toEqual(new Set(calm.delivered.map((notice) => notice.id)))
        expect(ids, 'nothing is sent twice').toHaveLength(new Set(ids).size)
      }
    }
  })

  test('waits out what is briefly unwell, and does the same effect again', async () => {
    const world = createAlertWorld()
    await rise(world)
    const failed = new Set<number>()
    await world.run((effect) => {
      if (failed.size >= 6 || failed.has(effect)) return undefined
      failed.add(effect)
      return away()
    })
    expect(world.delivered).toHaveLength(1)
    expect(world.happenings.filter((each) => each.type === 'retrying')).toHaveLength(6)
  })

  test('stops at an error that it does not know', async () => {
    const world = createAlertWorld()
    await rise(world)
    await expect(world.run(() => new TypeError('a fault in the programme'))).rejects.toThrow('a fault in the programme')
  })

  test('a decision is taken again exactly where it was taken before a kill', async () => {
    // The person confirmed before the risk was gone: it subsided then, and was not withdrawn. No run saved its state.
    const world = createAlertWorld()
    const unsaved: Fault = (_effect, when, name) =>
      when === 'before' && name === 'save alert' ? new Killed() : undefined
    await rise(world)
    await world.run(unsaved)
    await world.append('decisions', 0, [decision('d1', 'confirmed')])
    await world.run(unsaved)
    await world.append('signals', SHARD, [riskPoint(3, 0)])
    await world.run(unsaved)
    await world.run()
    const revisions = world.rows('warnings').map(({ revision, state }) => `${String(revision)} ${String(state)}`)
    expect(revisions).toEqual(['1 open', '2 confirmed', '3 confirmed'])
  })
})

/** The same story in three runs; the fault strikes in one of them, after which the role is started again. */
async function tell(world: AlertWorld, kill: { at: number; when: 'before' | 'after' } | undefined): Promise<number> {
  let total = 0
  let isDead = false
  const strike = (_effect: number, when: 'before' | 'after') => {
    if (when === 'before') total += 1
    if (isDead) return new Killed()
    if (kill === undefined || total !== kill.at || when !== kill.when) return undefined
    isDead = true
    return new Killed()
  }
  const run = async () => {
    await world.run(strike)
    if (!isDead) return
    isDead = false
    total += 1_000
    await world.run(strike)
  }
  await rise(world)
  await run()
  await world.append('decisions', 0, [decision('d1', 'confirmed'), decision('d2', 'dispatched')])
  await run()
  await world.append('signals', SHARD, [riskPoint(3, 0)])
  await run()
  return total
}

describe('what is told to nobody', () => {
  test('a replay of history stays in the house: it is in the history, and is sent to nobody', async () => {
    const world = createAlertWorld(alertPolicy({ clock: 'event' }))
    await rise(world)
    await world.run()
    expect(world.rows('notices')).toMatchObject([{ state: 'replayed' }])
    expect(world.delivered).toEqual([])
  })

  test('a warning of last month that is loaded today calls nobody', async () => {
    const world = createAlertWorld(alertPolicy(), () => day(40))
    await rise(world)
    await world.run()
    expect(world.rows('notices')).toMatchObject([{ state: 'too-old' }])
    expect(world.delivered).toEqual([])
  })

  test('a receiver without an address is counted as such', async () => {
    const world = createAlertWorld()
    await world.append('signals', SHARD, [riskPoint(1, 900)])
    await world.run()
    expect(world.rows('notices')).toMatchObject([{ receiver: 'command', state: 'no-address' }])
    expect(world.happenings).toContainEqual({
      type: 'kept-back',
      notice: `${WARNING}/1/command`,
      because: 'no-address',
    })
  })

  test('a demonstration tells everything, to the receiver of the house', async () => {
    const world = createAlertWorld(alertPolicy({ demonstration: true, clock: 'event' }), () => day(400))
    await world.append('signals', SHARD, [riskPoint(1, 900)])
    await world.run()
    expect(world.delivered.map((notice) => notice.receiver)).toEqual(['command'])
  })
})
