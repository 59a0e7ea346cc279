import type { RealmPolicy } from '../../core/policy.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { DAY_MS } from '../../core/time.ts'
import { day } from '../support/observations.ts'
import { type Counts, countCity, type Heard, inForceFrom, weekEndOf } from './oracle-city.ts'
import { type Fact, factsOf, standingAt, withoutRevoked } from './oracle-facts.ts'
import { type Around, RULES } from './oracle-indicators.ts'
import type { Filed } from './story.ts'

/** What a change point says, apart from when it was said and by which bytes that is proved. */
export type JudgedPoint = Pick<
  RiskPoint,
  'enterprise' | 'effective' | 'name' | 'district' | 'industry' | 'risk' | 'own' | 'basis' | 'class' | 'signals'
>

const WEEK_MS = 7 * DAY_MS
const MILLION = 1_000_000

interface Told {
  readonly own: number
  readonly from: number
}

/** What no row tells: when feeds were broken and well again, and when the folds heard of what. */
export interface FromLog {
  readonly outages: ReadonlyMap<string, readonly number[]>
  readonly heard: Heard
}

/** Whose rules are asked for, and when they are in force: from the first instant, at which all is said anew, to the last. */
export interface Judging {
  readonly rules: RealmPolicy
  readonly from: number
  readonly through: number
  /** The last day of the story: what is taken back by then never was. */
  readonly end: number
}

/**
 * The risk of every enterprise at every instant, judged from the records that senders were told to be kept: plain code
 * without windows, timers or state, which counts everything anew for every day.
 */
export function judgeAll(
  rows: readonly Filed[],
  { outages, heard }: FromLog,
  { rules, from, through, end }: Judging,
): readonly JudgedPoint[] {
  const filed = factsOf(rows)
  const facts = withoutRevoked(filed, end)
  const ofSubject = new Map<string, Fact[]>()
  for (const fact of facts) ofSubject.set(fact.subject, [...(ofSubject.get(fact.subject) ?? []), fact])
  const enterprises = [...ofSubject.keys()].filter((subject) => subject.startsWith('licence:')).sort()
  const cities = new Map<number, ReadonlyMap<number, Counts>>()
  /** Owner → member → what was told of its own risk, in the order of time. */
  const told = new Map<string, Map<string, Told[]>>()
  const last = new Map<string, JudgedPoint>()
  const points: JudgedPoint[] = []

  const registration = (enterprise: string, instant: number): Filed['row'] | undefined =>
    standingAt(ofSubject.get(enterprise) ?? [], instant).find(({ feed }) => feed === 'registry')?.row

  /** Of the newest whole weeks, `weeks` of them, as they are in force at an instant: by what had been heard of when they were. */
  function inForce(cell: string, key: unknown, instant: number, weeks: number): number {
    const by = weekEndOf(instant) - 2 * WEEK_MS
    if (key === '' || by <= day(0) || inForceFrom(by) > instant) return 0
    const city = cities.get(by) ?? countCity(filed, heard, by)
    cities.set(by, city)
    const isRecent = (weekEnd: number) => weekEnd <= by && weekEnd > instant - (1 + weeks) * WEEK_MS
    return [...city].reduce(
      (sum, [weekEnd, counts]) => sum + (isRecent(weekEnd) ? (counts.get(`${cell}/${key}`) ?? 0) : 0),
      0,
    )
  }

  function othersOf(enterprise: string, owner: string, instant: number): (readonly [string, number])[] {
    return [...(told.get(owner) ?? [])]
      .flatMap(([member, history]) => {
        const newest = history.findLast(({ from }) => from <= instant)
        return member === enterprise || newest === undefined ? [] : [[member, newest.own] as const]
      })
      .sort(([one, risk], [other, otherRisk]) => otherRisk - risk || (one < other ? -1 : 1))
  }

  for (let instant = day(0); instant <= through; instant += DAY_MS) {
    for (const enterprise of enterprises) {
      const own = ofSubject.get(enterprise) ?? []
      if (!own.some(({ known }) => known < instant)) continue
      const {
        name = '',
        district = '',
        industry = '',
        place = '',
        owner = '',
      } = registration(enterprise, instant) ?? {}
      const around: Around = {
        standing: standingAt(own, instant),
        outages,
        peersAt: (moment) => ({
          complaints: inForce('peers:complaints', industry, moment, 4),
          firms: inForce('population', industry, moment, Number.POSITIVE_INFINITY),
        }),
        callsAround: inForce('by-place', place, instant, 2),
        others: owner === '' ? [] : othersOf(enterprise, String(owner), instant),
      }
      const point: JudgedPoint = {
        enterprise,
        effective: instant,
        name: String(name),
        district: String(district),
        industry: String(industry),
        ...scored(rules, instant, around),
      }
      const before = last.get(enterprise)
      const isNews = before === undefined || isOther(before, point)
      if (isNews || instant === from) points.push(point)
      if (!isNews) continue
      last.set(enterprise, point)
      if (owner === '' || before?.own === point.own) continue
      const members = told.get(String(owner)) ?? new Map<string, Told[]>()
      told.set(String(owner), members)
      const tellings = members.get(enterprise) ?? []
      members.set(enterprise, [...tellings, { own: point.own, from: inForceFrom(weekEndOf(instant - 1)) }])
    }
  }
  return points.filter(({ effective }) => effective >= from)
}

function scored(
  rules: RealmPolicy,
  instant: number,
  around: Around,
): Pick<JudgedPoint, 'risk' | 'own' | 'basis' | 'class' | 'signals'> {
  const parts = rules.indicators.flatMap((indicator) => {
    const said = RULES[indicator.id]?.(instant, around)
    return said === undefined || said.intensity === 0 ? [] : [{ indicator, said }]
  })
  const together = (some: typeof parts) => {
    let left = MILLION
    for (const { indicator, said } of some) {
      left = Math.floor((left * (MILLION - indicator.weight * said.intensity)) / MILLION)
    }
    return Math.floor((MILLION - left) / 1000)
  }
  const risk = together(parts)
  const basis = together(parts.filter(({ indicator }) => indicator.basis))
  const points = shared(
    risk,
    parts.map(({ indicator, said }) => indicator.weight * said.intensity),
  )
  return {
    risk,
    own: together(parts.filter(({ indicator }) => indicator.kind !== 'ownership')),
    basis,
    class: rules.classes.findLast(({ from }) => from <= basis)?.class ?? 'A',
    signals: parts.map(({ indicator, said }, index) => ({
      indicator: indicator.id,
      points: points[index] ?? 0,
      ...said,
    })),
  }
}

/** Whole points in proportion, the largest remainders rounded up, the earlier first. */
function shared(risk: number, strengths: readonly number[]): readonly number[] {
  const sum = strengths.reduce((total, strength) => total + strength, 0)
  const whole = strengths.map((strength) => Math.floor((strength * risk) / sum))
  const left = risk - whole.reduce((total, points) => total + points, 0)
  const order = strengths
    .map((strength, index) => [(strength * risk) % sum, index] as const)
    .sort(([one, at], [other, otherAt]) => other - one || at - otherAt)
  const up = new Set(order.slice(0, left).map(([, index]) => index))
  return whole.map((points, index) => points + (up.has(index) ? 1 : 0))
}

function isOther(before: JudgedPoint, point: JudgedPoint): boolean {
  const fields = ['risk', 'own', 'basis', 'class', 'district', 'industry', 'name'] as const
  return fields.some((field) => before[field] !== point[field])
}
