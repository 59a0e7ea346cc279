import { describe, expect, it } from 'vitest'
import type { SealedPeriod } from '../core/cells.ts'
import { createSealedQueue } from './sealed-queue.ts'

const EVER = Number.POSITIVE_INFINITY
const DAY = 1
const handover = { policy: 'next', staged: 's', activation: 'a' }

function period(end: number, activates?: typeof handover): SealedPeriod {
  const plain = { realm: 'city', start: end - DAY, end, effective: end + DAY, counts: {}, examples: {}, ties: {} }
  return activates === undefined ? plain : { ...plain, activates }
}

const first = { realm: 'city', aside: 'city', from: 0, periodMs: DAY }
const ends = (periods: readonly SealedPeriod[]) => periods.map(({ end }) => end)

describe('sealed periods on their way into the folds', () => {
  it('come in order and once, whatever was read twice or out of turn', () => {
    const queue = createSealedQueue(first)
    queue.add([period(2), period(1), period(2)])
    expect(ends(queue.take(EVER))).toEqual([1, 2])
    queue.add([period(2), period(1), period(3)])
    expect(ends(queue.take(EVER))).toEqual([3])
    expect([queue.newest(), queue.taken()]).toEqual([3, 3])
  })

  it('wait where another policy has not come so far', () => {
    const queue = createSealedQueue({ ...first, aside: 'city_next', from: EVER })
    queue.add([period(1), period(2), period(3)])
    expect(ends(queue.take(2))).toEqual([1, 2])
    expect(ends(queue.take(2))).toEqual([])
    expect(ends(queue.take(3))).toEqual([3])
  })

  it('stop before the one with which the policy ends: whoever knew of it could pass the tick', () => {
    const queue = createSealedQueue(first)
    queue.add([period(1), period(2, handover), period(3)])
    expect(ends(queue.take(EVER))).toEqual([1])
    expect(queue.handover()).toEqual({ ...handover, from: 3 })
    expect(ends(queue.take(EVER))).toEqual([])
  })

  it('go over from the name aside to that of the realm, and none overtakes the last one aside', () => {
    const queue = createSealedQueue({ ...first, aside: 'city_next', from: 3 })
    queue.add([period(3), period(4)])
    expect(ends(queue.take(EVER))).toEqual([])
    queue.add([period(1), period(2)])
    expect(ends(queue.take(EVER))).toEqual([1, 2, 3, 4])
  })
})
