import { describe, expect, test } from 'vitest'
import type { SealedPeriod } from '../core/cells.ts'
import type { RealmPolicy } from '../core/policy.ts'
import { DAY_MS } from '../core/time.ts'
import { alertPolicy, day } from '../test/support/alert-policy.ts'
import { createAlertFold } from './alert-fold.ts'
import { type ClusterFinding, type DetectionState, detectClusters, NO_DETECTION } from './detect-cross-industry.ts'

const WEEK_MS = 7 * DAY_MS
const policy = alertPolicy()
const INDUSTRIES = ['C', 'F', 'H', 'K', 'O', 'P']

function week(n: number, counts: Readonly<Record<string, number>>): SealedPeriod {
  const start = day(0) + n * WEEK_MS
  const examples = Object.fromEntries(
    Object.keys(counts).map((key) => [`causes/${key}`, [[`complaint/${n}/${key}`, `uscc:${key}`] as const]]),
  )
  const times = { start, end: start + WEEK_MS, effective: start + 2 * WEEK_MS }
  return { realm: 'city', ...times, counts: { causes: counts }, examples, ties: {} }
}

/** mulberry32 and Knuth's Poisson: the same numbers on every machine. */
function randomOf(seed: number): (rate: number) => number {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return (rate) => {
    const limit = Math.exp(-rate)
    let count = 0
    for (let product = next(); product > limit; product *= next()) count += 1
    return count
  }
}

function run(weeks: readonly SealedPeriod[], used: RealmPolicy = policy): readonly (readonly ClusterFinding[])[] {
  let state: DetectionState = NO_DETECTION
  return weeks.map((sealed) => {
    const detected = detectClusters(state, sealed, used)
    state = detected.state
    return detected.findings
  })
}

/** Two complaints a week in each of six industries, and `extra` more in three of them in the weeks from `from` to `to`. */
function planted(length: number, from: number, to: number, extra: number, risers = ['F', 'H', 'K']): SealedPeriod[] {
  const poisson = randomOf(7)
  return Array.from({ length }, (_, n) => {
    const counts = INDUSTRIES.map((industry) => {
      const more = n >= from && n <= to && risers.includes(industry) ? extra : 0
      return [`140106|${industry}|food`, poisson(1) + 1 + more] as const
    })
    return week(n, Object.fromEntries(counts))
  })
}

describe('the same cause rising in several industries of a district', () => {
  test('is found within two weeks of its begin, with its industries and examples', () => {
    const findings = run(planted(45, 35, 40, 8))
    expect(findings.slice(0, 35).flat()).toEqual([])
    const first = findings.findIndex((each) => each.length > 0)
    expect(first).toBeLessThanOrEqual(36)
    const [finding] = findings[first + 1] ?? []
    expect(finding).toMatchObject({ district: '140106', cause: 'food', to: 'red' })
    expect(finding?.rises.map((rise) => rise.industry).sort()).toEqual(['F', 'H', 'K'])
    expect(finding?.enterprises).toContain('uscc:140106|H|food')
    expect(finding?.falsePerYear).toBeLessThan(0.01)
  })

  test('in fewer industries than the policy asks for is no cluster, however steep', () => {
    const strict = alertPolicy({ detection: { ...policy.detection, alarmsPerYear: 0.05 } })
    expect(run(planted(45, 35, 40, 30, ['F', 'H']), strict).flat()).toEqual([])
  })

  test('stays one cluster from its begin to its end', () => {
    const findings = run(planted(60, 35, 40, 8)).flat()
    expect(findings.filter((finding) => finding.from === 'none')).toHaveLength(1)
    expect(findings.filter((finding) => finding.to === 'none')).toHaveLength(1)
    expect(findings.at(-1)?.to).toBe('none')
  })

  test('says when another industry joins', () => {
    const weeks = planted(40, 35, 45, 8).map((sealed, n) =>
      n < 38 ? sealed : week(n, { ...sealed.counts.causes, '140106|C|food': 15 }),
    )
    const grown = run(weeks).map((findings) => findings.some((finding) => finding.grown))
    expect(grown.indexOf(true)).toBe(38)
  })

  test('is not looked for before an industry has half of its baseline behind it', () => {
    expect(run(planted(16, 12, 16, 30)).flat()).toEqual([])
  })

  test('ends also when nothing at all is counted any more', () => {
    const quiet = Array.from({ length: 50 }, (_, i) => week(41 + i, {}))
    const findings = run([...planted(41, 35, 40, 8), ...quiet]).flat()
    expect(findings.at(-1)?.to).toBe('none')
  })

  test('a period without an entry counts as empty, and one that comes again changes nothing', () => {
    const weeks = planted(40, 35, 40, 8)
    const last = weeks.at(-1)
    let state: DetectionState = NO_DETECTION
    for (const sealed of weeks) state = detectClusters(state, sealed, policy).state
    if (last === undefined) throw new Error('no weeks')
    const again = detectClusters(state, last, policy)
    expect(again).toEqual({ state, seen: 'older-than-known', findings: [] })
    const later = detectClusters(state, week(43, {}), policy).state
    expect(later.cells.starts.slice(-4)).toEqual([39, 40, 41, 42, 43].slice(-4).map((n) => day(0) + n * WEEK_MS))
    expect(Object.values(later.cells.series)[0]?.slice(-4)).toEqual([0, 0, 0, 0])
  })

  test('its state is JSON, and bounded by what the periods hold', () => {
    let state: DetectionState = NO_DETECTION
    for (const sealed of planted(100, 35, 40, 8)) state = detectClusters(state, sealed, policy).state
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    expect(state.cells.starts).toHaveLength(30)
    expect(Math.max(...Object.values(state.cells.series).map((counts) => counts.length))).toBe(30)
    expect(Math.max(...Object.values(state.cells.examples).map((examples) => examples.length))).toBeLessThanOrEqual(20)
  })

  test('becomes one warning that is raised once, and ends', () => {
    const fold = createAlertFold('city', () => policy, undefined)
    const reasons = planted(60, 35, 40, 8).flatMap((sealed) =>
      fold
        .observe({ topic: 'sealed', entries: [sealed] })
        .changes.map(({ reason, warning }) => `${reason} ${warning.id}`),
    )
    expect(reasons[0]).toMatch(/^raised city\/cluster\/140106\|food\/\d+$/)
    expect(reasons.at(-1)).toBe(`ended ${reasons[0]?.slice('raised '.length)}`)
    expect(new Set(reasons.map((reason) => reason.split(' ')[1])).size).toBe(1)
  })
})

describe('the promise of no more than so many false clusters a year', () => {
  const districts = ['d1', 'd2', 'd3', 'd4', 'd5']
  const causes = ['food', 'fire', 'wages', 'fraud']

  function falseClusters(seed: number, years: number, used: RealmPolicy, clumps: boolean): number {
    const poisson = randomOf(seed)
    const before = used.detection.windowPeriods + used.detection.baselinePeriods
    const weeks = Array.from({ length: before + 52 * years }, (_, n) => {
      const counts: Record<string, number> = {}
      for (const [d, district] of districts.entries()) {
        for (const cause of causes) {
          for (const [i, industry] of INDUSTRIES.entries()) {
            const rate = 0.4 + 0.5 * ((d + i) % 5)
            const count = clumps ? 3 * poisson(rate / 3) : poisson(rate)
            if (count > 0) counts[`${district}|${industry}|${cause}`] = count
          }
        }
      }
      return week(n, counts)
    })
    return run(weeks, used)
      .flat()
      .filter((finding) => finding.from === 'none').length
  }

  // A generous budget, so that a few simulated years say something about it.
  const generous = alertPolicy({
    detection: { ...policy.detection, industries: 2, minimumCount: 1, alarmsPerYear: 20 },
  })

  test('is kept, and not by never saying anything, where nothing happens', () => {
    const years = [1, 2, 3, 4].map((seed) => falseClusters(seed, 2, generous, false))
    const perYear = years.reduce((sum, each) => sum + each, 0) / 8
    expect(perYear).toBeLessThanOrEqual(20)
    expect(perYear).toBeGreaterThan(2)
  })

  test('is kept where records come in clumps of three', () => {
    const perYear = falseClusters(5, 4, generous, true) / 4
    expect(perYear).toBeLessThanOrEqual(20)
  })
})
