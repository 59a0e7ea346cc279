import { HOUR_MS } from '../core/time.ts'
import { awake, startOfDay, workdayFrom } from './calendar.ts'
import type { Enterprise } from './enterprise.ts'
import { giveUndertaking } from './feeds/commitments.ts'
import { fileComplaint } from './feeds/complaints.ts'
import { listByCourt } from './feeds/courts.ts'
import type { DayContext, FeedName } from './feeds/feed.ts'
import { fileVisit } from './feeds/inspections.ts'
import { decidePenalty } from './feeds/penalties.ts'
import { listAbnormal } from './feeds/registry.ts'
import type { Distortion } from './feeds/sensors.ts'
import { dayInto, type Trouble } from './troubles.ts'
import { at } from './world.ts'

type Script = (context: DayContext, trouble: Trouble, into: number) => void

function complain(context: DayContext, about: Enterprise, cause: string, times: number, placeOnly: number): void {
  const { random, day } = context
  for (let left = times; left > 0; left--) {
    fileComplaint(context, {
      at: awake(day, random.unit()),
      about,
      cause,
      placeOnly: random.chance(placeOnly),
      off: [random.normal() * 0.0004, random.normal() * 0.0005],
    })
  }
}

/** In a group, each company fails a few days after the one before it. */
const failing = ({ enterprises }: Trouble, into: number): { of: Enterprise; since: number }[] =>
  enterprises.map((of, place) => ({ of, since: into - place * 4 })).filter(({ since }) => since >= 0)

/** What each plot adds to each feed on one of its days. Days are counted from 0. */
const SCRIPTS: Partial<Record<FeedName, Partial<Record<Trouble['plot'], Script>>>> = {
  'complaints-12345': {
    'slow-decline': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined) complain(context, of, cause, context.random.poisson(0.05 + (0.9 * into) / 42), 0.1)
    },
    'cross-industry-cluster': (context, { enterprises, cause }, into) => {
      const mean = 0.1 + 0.12 * Math.sin((Math.PI * (into + 1)) / 13)
      for (const of of enterprises) complain(context, of, cause, context.random.poisson(mean), 0.1)
    },
    'owner-collapse': (context, trouble, into) => {
      for (const { of, since } of failing(trouble, into)) {
        if (since < 20) complain(context, of, trouble.cause, context.random.poisson(since < 4 ? 1.2 : 0.4), 0)
      }
    },
    'prepaid-runaway': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined)
        complain(context, of, cause, context.random.poisson([3, 9, 14, 10, 6, 4, 2, 1][into] ?? 0), 0.45)
    },
    'missed-commitments': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined && into > 12) complain(context, of, cause, context.random.poisson(0.08), 0)
    },
  },
  inspections: {
    'slow-decline': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined && into === 26) fileVisit(context, { of, cause, result: '严重不合格' })
    },
    'cross-industry-cluster': (context, { enterprises, cause }, into) => {
      const of = enterprises[(into * 3) % enterprises.length]
      if (of !== undefined && into > 7 && workdayFrom(context.day) === context.day)
        fileVisit(context, { of, cause, result: '不合格' })
    },
    'sensor-drift': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined && into === 8) fileVisit(context, { of, cause, result: '严重不合格' })
    },
    'prepaid-runaway': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined && into === 5) fileVisit(context, { of, cause, result: '严重不合格' })
    },
  },
  penalties: {
    'slow-decline': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined && (into === 30 || into === 39)) decidePenalty(context, { of, cause, severity: 'general' })
    },
    'owner-collapse': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined && into === 18) decidePenalty(context, { of, cause, severity: 'serious' })
    },
  },
  'court-listings': {
    'owner-collapse': (context, trouble, into) => {
      for (const { of, since } of failing(trouble, into)) if (since === 2) listByCourt(context, of)
    },
  },
  commitments: {
    'slow-decline': (context, { enterprises: [of], cause }, into) => {
      if (of !== undefined && into === 8)
        giveUndertaking(context, { of, cause, dueInDays: 10, outcomeAfter: 20, outcome: '未履行' })
    },
    'missed-commitments': (context, { enterprises: [of], cause }, into) => {
      if (of === undefined || into > 6 || into % 2 === 1) return
      giveUndertaking(context, {
        of,
        cause,
        dueInDays: 8 + into,
        outcomeAfter: into < 4 ? 16 : 26,
        outcome: '未履行',
      })
    },
  },
  registry: {
    'prepaid-runaway': (context, { enterprises: [of] }, into) => {
      if (of !== undefined && into === 7) listAbnormal(context, of, '通过登记的住所无法联系')
    },
    'silent-enterprise': (context, { enterprises: [of] }, into) => {
      if (of !== undefined && into === 75) listAbnormal(context, of, '通过登记的住所无法联系')
    },
  },
}

export function playTroubles(context: DayContext, feed: FeedName, active: readonly Trouble[]): void {
  const scripts = SCRIPTS[feed]
  if (scripts === undefined) return
  for (const trouble of active) scripts[trouble.plot]?.(context, trouble, context.day - trouble.start)
}

/** Who settles no insurance and files no report on a day: the silent, and companies that failed. */
export function silentOn(active: readonly Trouble[], day: number): ReadonlySet<number> {
  const silent = new Set<number>()
  for (const trouble of active) {
    if (trouble.plot === 'silent-enterprise') for (const { index } of trouble.enterprises) silent.add(index)
    if (trouble.plot === 'owner-collapse')
      for (const { of } of failing(trouble, day - trouble.start)) silent.add(of.index)
  }
  return silent
}

/** Share of the month's insurance that an enterprise in decline still pays. */
export function arrearsOn(active: readonly Trouble[], day: number): ReadonlyMap<number, number> {
  return new Map(
    active
      .filter(({ plot }) => plot === 'slow-decline')
      .map((trouble) => [at(trouble.enterprises, 0).index, day - trouble.start < 14 ? 0.6 : 0.1]),
  )
}

/** Five days of drift by a twentieth more each day, then four above the limit. */
export function distortionsOn(active: readonly Trouble[]): ReadonlyMap<number, Distortion> {
  const distorted = new Map<number, Distortion>()
  for (const trouble of active) {
    const { device } = trouble
    if (device === undefined) continue
    distorted.set(device.index, (value, instant) => {
      const into = dayInto(trouble, instant)
      const days = (instant - startOfDay(trouble.start)) / (24 * HOUR_MS)
      return into < 5
        ? value * (1 + 0.09 * days)
        : device.metric.limit * (1.1 + (0.25 * value) / (device.metric.base * device.level))
    })
  }
  return distorted
}
