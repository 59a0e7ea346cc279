import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { until } from '../../test/support/until.ts'
import { type AdmissionLimits, createAdmission } from './admission.ts'

const LIMITS: AdmissionLimits = { quietMs: 10, burstMs: 10_000, logIns: 1_000, logInMs: 10_000 }

describe('the admission of devices', () => {
  it('reads nobody while others still come, and then all in the order in which they came', async () => {
    const admission = createAdmission({ ...LIMITS, quietMs: 100 })
    const inside: number[] = []
    const all: Promise<unknown>[] = []
    for (let i = 0; i < 100; i++) {
      all.push(admission.enter().then(() => inside.push(i)))
      await turn()
    }
    expect(inside).toEqual([])
    await Promise.all(all)
    expect(inside).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  it('keeps nobody waiting for the end of a burst that has none', async () => {
    const admission = createAdmission({ ...LIMITS, quietMs: 1_000, burstMs: 50 })
    let isInside = false
    const all: Promise<unknown>[] = [admission.enter().then(() => (isInside = true))]
    await until('the first is read', () => {
      all.push(admission.enter())
      return isInside ? true : undefined
    })
    await Promise.all(all)
  })

  it('reads so many strangers at a time, and hands a place on once', async () => {
    const admission = createAdmission({ ...LIMITS, logIns: 1 })
    const leave = await admission.enter()
    let others = 0
    const second = admission.enter().finally(() => others++)
    const third = admission.enter().finally(() => others++)
    leave()
    leave()
    await second
    await turn()
    expect(others).toBe(1)
    ;(await second)()
    await third
  })

  it('goes on to the next where one says nothing', async () => {
    const admission = createAdmission({ ...LIMITS, logIns: 1, logInMs: 20 })
    await admission.enter()
    await admission.enter()
  })
})
