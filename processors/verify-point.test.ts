import { describe, expect, it } from 'vitest'
import { inOrder, POLICY, runEngine } from '../test/properties/engine.ts'
import { day, observation } from '../test/support/observations.ts'
import { verifyPoint } from './verify-point.ts'

const facts = [
  observation({ record: 'a', known: day(3), decided: day(3) }),
  observation({ record: 'b', kind: 'arrears', known: day(4) }),
  observation({ record: 'c', kind: 'complaint', known: day(5) }),
]
const { points } = runEngine(inOrder(facts, [day(2), day(90)]))

describe('a change point can be checked without any store', () => {
  it('fits as it was said', () => {
    expect(points.length).toBeGreaterThan(2)
    for (const point of points) expect(verifyPoint(point, POLICY)).toEqual({ ok: true, differences: [] })
  })

  it.each([
    ['its risk', { risk: 1 }],
    ['its class', { class: 'D' as const }],
    ['whom it is about', { enterprise: 'uscc:91140106MA0T10375C' }],
    ['when it holds', { effective: day(9) }],
    ['its receipt', { receipt: '0'.repeat(64) }],
    ['its policy', { policy: '0'.repeat(64) }],
    ['its evidence', { signals: [] }],
  ])('is found out where someone changed %s', (_what, change) => {
    const [point] = points
    if (point === undefined) throw new Error('no point')
    expect(verifyPoint({ ...point, ...change }, POLICY).ok).toBe(false)
  })
})
