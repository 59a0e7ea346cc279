import { describe, expect, it } from 'vitest'
import { arrive, completeUntil, declare, elapse, fromNotes, type RealmTime, toNotes, unsaid } from './progress.ts'

const live = { graceMs: 5, idleAfterMs: 60 }
const none: RealmTime = new Map()

describe('how far time has come', () => {
  it('never goes back, whatever is declared', () => {
    const time = declare(declare(none, ['a'], 100, false), ['a'], 50, false)
    expect(time.get('a')).toEqual({ until: 100, closed: false })
  })

  it('on event time moves by declarations alone: records only open their feed', () => {
    const time = arrive(declare(none, ['a'], 100, false), 'b', 500, 1_000)
    expect(time.get('b')).toEqual({ until: 0, closed: false })
    expect(completeUntil(time)).toBe(0)
    expect(elapse(time, ['a', 'b'], 10_000)).toBe(time)
  })

  it('in a live realm is carried by records, less the grace, and never past now', () => {
    expect(arrive(none, 'a', 990, 1_000, live).get('a')?.until).toBe(985)
    expect(arrive(none, 'a', 86_400_000, 1_000, live).get('a')?.until).toBe(995)
  })

  it('passes in a live realm also for a feed that is silent or sends old records only', () => {
    const old = arrive(none, 'a', 10, 1_000, live)
    const time = elapse(old, ['a', 'never-heard-of'], 1_000, live)
    expect([...time]).toEqual([
      ['a', { until: 940, closed: false }],
      ['never-heard-of', { until: 940, closed: false }],
    ])
  })

  it('is that of the slowest open feed; closed feeds do not hold it back', () => {
    const time = declare(declare(declare(none, ['a'], 100, false), ['b'], 70, true), ['c'], 200, false)
    expect(completeUntil(time)).toBe(100)
    expect(completeUntil(declare(time, ['a', 'c'], 0, true))).toBe(200)
    expect(completeUntil(none)).toBe(0)
  })

  it('says only what is new, and comes back from notes as it was', () => {
    const before = declare(none, ['a', 'b'], 100, false)
    const after = declare(before, ['b'], 120, true)
    expect(unsaid(before, after)).toEqual([{ feed: 'b', until: 120, closed: true }])
    expect(unsaid(after, after)).toEqual([])
    expect(fromNotes({ ...toNotes(unsaid(none, after)), 'replay/x': '7' })).toEqual(after)
  })
})
