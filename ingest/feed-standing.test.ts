import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/time.ts'
import { nextStanding, type Seen, type Standing } from './feed-standing.ts'

const RHYTHM = DAY_MS
const seen = (quietHours: number, rejectedShare = 0): Seen => ({
  quietMs: quietHours * HOUR_MS,
  rhythmMs: RHYTHM,
  rejectedShare,
})
const held = (state: Standing['state'], betterSince?: number): Standing =>
  betterSince === undefined ? { state, at: 1 } : { state, at: 1, betterSince }

describe('how a feed stands', () => {
  test.each<[string, Standing | undefined, Seen, Standing]>([
    ['the first look says what is seen', undefined, seen(1), { state: 'healthy', at: DAY_MS }],
    ['within its rhythm', held('healthy'), seen(24), held('healthy')],
    ['later than its rhythm', held('healthy'), seen(24.1), { state: 'late', at: DAY_MS }],
    ['twice as late', held('late'), seen(48.1), { state: 'silent', at: DAY_MS }],
    ['late at once, never heard of again', held('healthy'), seen(900), { state: 'silent', at: DAY_MS }],
    ['a fifth unreadable is imperfect', held('healthy'), seen(1, 0.2), held('healthy')],
    ['more is malformed', held('silent'), seen(1, 0.21), { state: 'malformed', at: DAY_MS }],
    ['not mended above a tenth', held('malformed'), seen(1, 0.15), held('malformed')],
    ['better is not believed at once', held('silent'), seen(0), held('silent', DAY_MS)],
    ['nor within the hour', held('silent', DAY_MS - HOUR_MS + 1), seen(0), held('silent', DAY_MS - HOUR_MS + 1)],
    ['but after it', held('silent', DAY_MS - HOUR_MS), seen(0), { state: 'healthy', at: DAY_MS }],
    ['worse again ends the waiting', held('late', DAY_MS - 5), seen(25), held('late')],
  ])('%s', (_, before, now, after) => {
    expect(nextStanding(before, now, DAY_MS)).toEqual(after)
  })

  test('a feed whose rhythm is short is believed sooner', () => {
    const quick = { quietMs: 0, rhythmMs: 20 * MINUTE_MS, rejectedShare: 0 }
    expect(nextStanding(held('silent', DAY_MS - 5 * MINUTE_MS), quick, DAY_MS).state).toBe('healthy')
  })

  test('a feed that comes just later than its rhythm every time turns twice a round, not at every look', () => {
    let standing: Standing | undefined
    let turns = 0
    let last = 0
    for (let now = 0; now < 60 * DAY_MS; now += MINUTE_MS) {
      if (now - last > 25 * HOUR_MS) last = now
      const next = nextStanding(standing, seen((now - last) / HOUR_MS), now)
      if (next.state !== (standing?.state ?? 'healthy')) turns += 1
      standing = next
    }
    expect(turns).toBeLessThanOrEqual(2 * Math.ceil((60 * 24) / 25))
  })
})
