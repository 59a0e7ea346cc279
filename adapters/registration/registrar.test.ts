import { describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import { createRegistrar, type StateChange } from './registrar.ts'
import { createStateOutbox } from './state-outbox.ts'

const MINUTE = 60_000
const device = (number: number) => ({ device: String(number).padStart(20, '0'), realm: 'city', address: '10.0.0.2' })
const reasons = (changes: readonly StateChange[] | undefined) => changes?.map(({ reason, online }) => [reason, online])

describe('registrations', () => {
  it('say what changed and nothing else', () => {
    const registrar = createRegistrar({ keepaliveMs: MINUTE })
    expect(reasons(registrar.register(device(1), 10 * MINUTE, 0))).toEqual([['registered', true]])
    expect(reasons(registrar.register(device(1), 20 * MINUTE, MINUTE))).toEqual([])
    expect(reasons(registrar.elapse(4 * MINUTE))).toEqual([])
    expect(reasons(registrar.elapse(4 * MINUTE + 1))).toEqual([['keepalive-missed', false]])
    expect(reasons(registrar.elapse(5 * MINUTE))).toEqual([])
    expect(reasons(registrar.register(device(1), 20 * MINUTE, 6 * MINUTE))).toEqual([['registered', true]])
    expect(reasons(registrar.elapse(20 * MINUTE))).toEqual([['registration-expired', false]])
    expect(registrar.all()).toEqual([])
  })

  it('of an earlier run are said offline when nobody comes back', () => {
    const before = createRegistrar({ keepaliveMs: MINUTE })
    before.register(device(1), 60 * MINUTE, 0)
    const after = createRegistrar({ keepaliveMs: MINUTE, known: before.all() })
    expect(after.find(device(1).device, '10.0.0.2', MINUTE)).toBeDefined()
    expect(after.find(device(1).device, '10.0.0.3', MINUTE)).toBeUndefined()
    expect(reasons(after.elapse(3 * MINUTE + 1))).toEqual([['keepalive-missed', false]])
  })

  it('are bounded: a new device is turned away, a known one is not', () => {
    const registrar = createRegistrar({ keepaliveMs: MINUTE })
    for (let i = 0; i < 20_000; i++) registrar.register(device(i), MINUTE, 0)
    expect(registrar.register(device(20_000), MINUTE, 0)).toBeUndefined()
    expect(registrar.register(device(7), MINUTE, 0)).toEqual([])
  })
})

describe('changes that wait for the log', () => {
  const change = (at: number): StateChange => ({ ...device(1), online: true, healthy: true, reason: 'registered', at })

  it('are taken in their order, once, and again where the log was away', async () => {
    const taken: number[] = []
    let isAway = true
    const outbox = createStateOutbox(async (_, changes) => {
      if (isAway) throw new Retryable('log-unreachable', 'down')
      taken.push(...changes.map(({ at }) => at))
    })
    outbox.add([change(1), change(2)])
    await expect(outbox.flush()).rejects.toThrow('down')
    isAway = false
    outbox.add([change(3)])
    await Promise.all([outbox.flush(), outbox.flush()])
    expect(taken).toEqual([1, 2, 3])
  })

  it('are bounded, and what is dropped is counted', async () => {
    const outbox = createStateOutbox(async () => {})
    for (let i = 0; i < 60; i++) outbox.add(Array.from({ length: 1_000 }, (_, at) => change(at)))
    expect(outbox.dropped).toBe(10_000)
    await outbox.flush()
  })
})
