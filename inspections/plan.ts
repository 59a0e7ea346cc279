import type { DrawCandidate, PlanStratum } from '../core/decision.ts'
import { RISK_CLASSES, type RiskClass, type SamplingPolicy } from './sampling-policy.ts'

const MILLION = 1_000_000
const MONTHS = 12

export interface PlanCandidate {
  readonly enterprise: string
  readonly class: RiskClass
  readonly district: string
  readonly industry: string
  /** Routine visits of this calendar year and of the one before, those drawn but not yet made included. */
  readonly visits: readonly [thisYear: number, lastYear: number]
  /** Ids of the policy's overrides that apply. */
  readonly overrides: readonly string[]
}

export interface PlanInput {
  readonly candidates: readonly PlanCandidate[]
  readonly policy: SamplingPolicy
  /** 1–12: the month of the period. What the year still owes is spread over this month and those that follow. */
  readonly month: number
  /** Days that all inspectors together have for routine visits this month; `undefined` where nothing limits them. */
  readonly inspectorDays: number | undefined
}

export interface Plan {
  readonly strata: readonly PlanStratum[]
  /** Everybody with a chance, in the order of their ids; who has reached the cap is absent. */
  readonly roster: readonly DrawCandidate[]
  readonly atCap: number
  /** Said whenever inspectors do not suffice: chances shrink in proportion, none to 0. */
  readonly scaling: Scaling | null
}

export interface Scaling {
  /** Visits expected before and after, in millionths. */
  readonly wantedMicro: number
  readonly grantedMicro: number
  readonly capacityVisits: number
  /** Classes that, at this pace, end the year below the lower end of the published range. */
  readonly belowPublished: readonly RiskClass[]
}

/**
 * Chances of one month out of classes, policy and what was done this year. Integer arithmetic in parts per million, so
 * that every machine gets the same plan. An enterprise that was not visited this year has the chance that brings its
 * class to its yearly ratio by December; one that was, and is below its cap, keeps the policy's floor.
 */
export function planPeriod(input: PlanInput): Plan {
  const { policy, month } = input
  if (!Number.isInteger(month) || month < 1 || month > MONTHS) throw new RangeError(`no month ${month}`)
  const groups = new Map<string, { readonly ratio: number; size: number; visited: number; open: number }>()
  for (const candidate of input.candidates) {
    const ratio = ratioOf(candidate, policy)
    const key = `${candidate.class}/${ratio}`
    const group = groups.get(key) ?? { ratio, size: 0, visited: 0, open: 0 }
    groups.set(key, group)
    group.size++
    if (candidate.visits[0] > 0) group.visited++
    else if (!isAtCap(candidate, policy)) group.open++
  }

  const wanted: DrawCandidate[] = []
  for (const candidate of input.candidates) {
    if (isAtCap(candidate, policy)) continue
    const ratio = ratioOf(candidate, policy)
    const group = groups.get(`${candidate.class}/${ratio}`)
    const floor = Math.max(1, Math.floor((ratio * policy.working.floorPerMille) / MONTHS))
    let probabilityPpm = floor
    if (group !== undefined && candidate.visits[0] === 0) {
      const owed = group.size * ratio * 1000 - group.visited * MILLION
      const even = Math.floor(owed / ((MONTHS + 1 - month) * group.open))
      probabilityPpm = Math.min(MILLION, Math.max(floor, even))
    }
    const { enterprise, district, industry } = candidate
    wanted.push({ enterprise, class: candidate.class, district, industry, probabilityPpm })
  }
  wanted.sort((left, right) => (left.enterprise < right.enterprise ? -1 : left.enterprise > right.enterprise ? 1 : 0))

  const { roster, scaling } = fitCapacity(wanted, input)
  const strata = RISK_CLASSES.map((letter): PlanStratum => {
    const { ratioPerMille, cap } = policy.classes[letter]
    const enterprises = input.candidates.reduce((count, { class: own }) => count + (own === letter ? 1 : 0), 0)
    const visits = Math.ceil(sumPpm(roster, letter) / MILLION)
    return { class: letter, enterprises, ratioPerMille, yearlyCap: cap.visits, visits }
  })
  return { strata, roster, atCap: input.candidates.length - roster.length, scaling }
}

function ratioOf(candidate: PlanCandidate, policy: SamplingPolicy): number {
  let ratio = policy.classes[candidate.class].ratioPerMille
  for (const override of policy.overrides) {
    if (candidate.overrides.includes(override.id)) ratio = Math.max(ratio, override.ratioPerMille)
  }
  return ratio
}

function isAtCap(candidate: PlanCandidate, policy: SamplingPolicy): boolean {
  const { visits, years } = policy.classes[candidate.class].cap
  const [thisYear, lastYear] = candidate.visits
  return visits >= 0 && thisYear + (years > 1 ? lastYear : 0) >= visits
}

function fitCapacity(wanted: readonly DrawCandidate[], input: PlanInput): Pick<Plan, 'roster' | 'scaling'> {
  const { inspectorDays, policy } = input
  if (inspectorDays === undefined) return { roster: wanted, scaling: null }
  const capacityVisits = Math.floor(inspectorDays / policy.working.inspectorDaysPerVisit)
  const wantedMicro = sumPpm(wanted)
  if (wantedMicro <= capacityVisits * MILLION) return { roster: wanted, scaling: null }
  // The product passes 2^53 from 9,008 visits on.
  const sharePpm = Number((BigInt(capacityVisits) * BigInt(MILLION) * BigInt(MILLION)) / BigInt(wantedMicro))
  const roster = wanted.map((candidate) => ({
    ...candidate,
    probabilityPpm: Math.max(1, Math.floor((candidate.probabilityPpm * sharePpm) / MILLION)),
  }))
  const belowPublished = RISK_CLASSES.filter((letter) => {
    const { ratioPerMille, published } = policy.classes[letter]
    return sumPpm(wanted, letter) > 0 && ratioPerMille * sharePpm < published.fromPerMille * MILLION
  })
  return { roster, scaling: { wantedMicro, grantedMicro: sumPpm(roster), capacityVisits, belowPublished } }
}

/** Expected visits in millionths; 10 million enterprises stay well inside 2^53. */
function sumPpm(roster: readonly DrawCandidate[], letter?: RiskClass): number {
  let sum = 0
  for (const candidate of roster)
    if (letter === undefined || candidate.class === letter) sum += candidate.probabilityPpm
  return sum
}
