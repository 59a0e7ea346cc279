import type { SealedPeriod } from '../core/cells.ts'
import type { CellPolicy, RealmPolicy } from '../core/policy.ts'
import { DAY_MS } from '../core/time.ts'
import { addPeriod, type CellHistory, NO_CELLS } from './cell-history.ts'
import { graver, type Level } from './level.ts'
import type { IndustryRise } from './reason-text.ts'
import { clusterProbability, riseProbability } from './tail.ts'

const YEAR_MS = 365.25 * DAY_MS

/** One cause rising in several industries of one district: it keeps its place here from its first period to its last. */
export interface OngoingCluster {
  readonly level: Level
  /** All industries that have risen since it began. */
  readonly industries: readonly string[]
  /** Periods in a row in which too few industries rose. */
  readonly quiet: number
}

/** Plain JSON. Bounded by the cells that were not empty within window and baseline. */
export interface DetectionState {
  readonly cells: CellHistory
  /** By `district|cause`. */
  readonly ongoing: Readonly<Record<string, OngoingCluster>>
}

export const NO_DETECTION: DetectionState = { cells: NO_CELLS, ongoing: {} }

/** What a period says of one (district, cause) where a cluster begins, goes on or ends. */
export interface ClusterFinding {
  readonly district: string
  readonly cause: string
  readonly from: Level
  readonly to: Level
  /** Industries joined since the period before. */
  readonly grown: boolean
  /** Industries that rise now, the least likely first. */
  readonly rises: readonly IndustryRise[]
  /**
   * Clusters at least this strong that chance alone gives in a year, over all pairs tested. An upper bound: windows of
   * successive periods overlap, so that several chance alarms are often one cluster.
   */
  readonly falsePerYear: number
  readonly evidence: readonly string[]
  readonly enterprises: readonly string[]
}

export interface Detection {
  readonly state: DetectionState
  /** `older-than-known`: this period was counted before, nothing changed. */
  readonly seen: 'counted' | 'older-than-known'
  readonly findings: readonly ClusterFinding[]
}

/**
 * Counts one sealed period and looks at every (district, cause): an industry rises when its count in the window is at
 * least the policy's minimum and improbable (`pEach`) after its own baseline; a cluster needs `industries` of them at
 * once, and so improbable together that chance gives no more than `alarmsPerYear` in the whole realm.
 */
export function detectClusters(state: DetectionState, sealed: SealedPeriod, policy: RealmPolicy): Detection {
  const { detection } = policy
  const cell = policy.cells.find((each) => each.id === detection.cell)
  const kept = detection.windowPeriods + detection.baselinePeriods
  if (cell === undefined) return { state, seen: 'counted', findings: [] }
  const cells = addPeriod(state.cells, sealed, cell.id, kept, detection.windowPeriods)
  if (cells === undefined) return { state, seen: 'older-than-known', findings: [] }

  const pairs = withSilent(testPairs(cells, cell, policy), state.ongoing)
  const periodsPerYear = YEAR_MS / (sealed.end - sealed.start)
  const testsPerYear = periodsPerYear * pairs.filter((pair) => pair.tested >= detection.industries).length
  const ongoing = new Map(Object.entries(state.ongoing))
  const findings: ClusterFinding[] = []
  for (const pair of pairs) {
    const key = `${pair.district}|${pair.cause}`
    const before = ongoing.get(key)
    const verdict = follow(before, pair, testsPerYear, policy)
    if (verdict.next === undefined) ongoing.delete(key)
    else ongoing.set(key, verdict.next)
    if (!verdict.tell) continue
    const { falsePerYear, grown } = verdict
    const { district, cause, rises } = pair
    const to = verdict.next?.level ?? 'none'
    const examples = rises.flatMap((rise) => cells.examples[rise.key] ?? [])
    const evidence = [...new Set(examples.map(([, observation]) => observation))].slice(0, 20)
    const enterprises = [...new Set(examples.map(([, , enterprise]) => enterprise))].slice(0, 20)
    findings.push({
      ...{ district, cause, from: before?.level ?? 'none', to, grown, falsePerYear, evidence, enterprises },
      rises: rises.map(({ industry, count, expected }) => ({ industry, count, expected })),
    })
  }
  return { state: { cells, ongoing: Object.fromEntries(ongoing) }, seen: 'counted', findings }
}

interface TestedPair {
  readonly district: string
  readonly cause: string
  /** Industries with anything to count in window or baseline. */
  readonly tested: number
  /** The least likely first. */
  readonly rises: readonly Rise[]
}

type Rise = IndustryRise & { readonly key: string; readonly p: number }

function testPairs(cells: CellHistory, cell: CellPolicy, policy: RealmPolicy): readonly TestedPair[] {
  const { windowPeriods, baselinePeriods, pEach, minimumCount } = policy.detection
  // With less than half of its baseline an industry has no usual.
  if (cells.starts.length < windowPeriods + Math.ceil(baselinePeriods / 2)) return []
  const read = keyReader(cell)
  const pairs = new Map<string, { district: string; cause: string; tested: number; rises: Rise[] }>()
  for (const [key, counts] of Object.entries(cells.series)) {
    const { district, industry, cause } = read(key)
    // What has no district, industry or cause cannot rise together with anything.
    if (district === '' || industry === '' || cause === '') continue
    const name = `${district}|${cause}`
    const pair = pairs.get(name) ?? { district, cause, tested: 0, rises: [] }
    pair.tested += 1
    pairs.set(name, pair)
    const count = sum(counts.slice(-windowPeriods))
    // Most cells are nearly empty: nothing more is asked of those.
    if (count < minimumCount) continue
    const baseline = counts.slice(0, -windowPeriods)
    const p = riseProbability(count, windowPeriods, baseline)
    const expected = (sum(baseline) * windowPeriods) / baseline.length
    if (p <= pEach) pair.rises.push({ industry, count, expected, key, p })
  }
  for (const { rises } of pairs.values()) rises.sort((a, b) => a.p - b.p || compareText(a.key, b.key))
  return [...pairs.values()]
}

/** In a fixed order, and with the ongoing clusters of which nothing was counted any more: they too have to end. */
function withSilent(pairs: readonly TestedPair[], ongoing: DetectionState['ongoing']): readonly TestedPair[] {
  const counted = new Set(pairs.map((pair) => `${pair.district}|${pair.cause}`))
  const silent = Object.keys(ongoing)
    .filter((key) => !counted.has(key))
    .map((key) => ({ ...readPair(key), tested: 0, rises: [] }))
  return [...pairs, ...silent].sort((a, b) => compareText(a.district, b.district) || compareText(a.cause, b.cause))
}

function readPair(key: string): { district: string; cause: string } {
  const [district = '', cause = ''] = key.split('|')
  return { district, cause }
}

interface Followed {
  readonly next: OngoingCluster | undefined
  readonly tell: boolean
  readonly grown: boolean
  readonly falsePerYear: number
}

function follow(
  before: OngoingCluster | undefined,
  pair: TestedPair,
  testsPerYear: number,
  { detection }: RealmPolicy,
): Followed {
  const together = pair.rises.length >= detection.industries
  if (!together) {
    if (before === undefined) return { next: undefined, tell: false, grown: false, falsePerYear: 0 }
    const quiet = before.quiet + 1
    const over = quiet >= detection.windowPeriods
    return { next: over ? undefined : { ...before, quiet }, tell: over, grown: false, falsePerYear: 0 }
  }
  const rising = pair.rises.map((rise) => rise.p)
  const chance = clusterProbability(rising, pair.tested, detection.industries, detection.pEach)
  const falsePerYear = chance * testsPerYear
  const strength = strengthOf(falsePerYear, detection.alarmsPerYear)
  if (before === undefined && strength === 'none') return { next: undefined, tell: false, grown: false, falsePerYear }
  const industries = [...new Set([...(before?.industries ?? []), ...pair.rises.map((rise) => rise.industry)])].sort()
  const grown = before !== undefined && industries.length > before.industries.length
  // What goes on keeps its gravest level until it ends: a cluster that wavers is not told again and again.
  const level = graver(before?.level ?? 'none', strength)
  return { next: { level, industries, quiet: 0 }, tell: true, grown, falsePerYear }
}

/** Each level is ten times rarer than the one before. */
function strengthOf(falsePerYear: number, alarmsPerYear: number): Level {
  if (falsePerYear > alarmsPerYear) return 'none'
  if (falsePerYear > alarmsPerYear / 10) return 'blue'
  if (falsePerYear > alarmsPerYear / 100) return 'yellow'
  return falsePerYear > alarmsPerYear / 1000 ? 'orange' : 'red'
}

function keyReader({ by }: CellPolicy): (key: string) => { district: string; industry: string; cause: string } {
  const [district, industry, cause] = [by.indexOf('district'), by.indexOf('industry'), by.indexOf('cause')]
  return (key) => {
    const values = key.split('|')
    return { district: values[district] ?? '', industry: values[industry] ?? '', cause: values[cause] ?? '' }
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0)
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
