import { dayOf } from './calendar.ts'
import { DISTRICTS } from './city.ts'
import type { Device } from './devices.ts'
import type { Enterprise } from './enterprise.ts'
import type { FeedName } from './feeds/feed.ts'
import { createRandom, mix, type Random } from './random.ts'
import { TRADES } from './trades.ts'
import { at, cumulative, type World } from './world.ts'

/** The plots: what is planted, how often one begins and how many days it lasts. */
export const PLOTS = {
  'slow-decline': { every: 4, lasts: 42 },
  'cross-industry-cluster': { every: 6, lasts: 12 },
  'sensor-drift': { every: 4, lasts: 9 },
  'owner-collapse': { every: 12, lasts: 35 },
  'prepaid-runaway': { every: 7, lasts: 8 },
  'missed-commitments': { every: 5, lasts: 40 },
  'silent-enterprise': { every: 7, lasts: 150 },
  'feed-outage': { every: 14, lasts: 1 },
} as const
export type Plot = keyof typeof PLOTS
export const PLOT_NAMES = Object.keys(PLOTS) as readonly Plot[]

export interface Trouble {
  readonly plot: Plot
  readonly id: string
  readonly enterprises: readonly Enterprise[]
  readonly district: string
  readonly cause: string
  /** First day, and the day after the last. */
  readonly start: number
  readonly end: number
  readonly device: Device | undefined
  readonly feed: FeedName | undefined
}

/** Causes that a bad supplier, a hot summer or a fashion in fraud brings to several industries of a district at once. */
const CLUSTER_CAUSES = ['food-hygiene', 'counterfeit', 'unpaid-wages', 'fire-safety', 'workplace-safety'] as const
const OUTAGE_FEEDS = ['complaints-12345', 'sensors', 'inspections', 'video-events'] as const

/**
 * The hidden truth. Each plot begins once in every span of `every` days, on a day, with people and in a place that
 * follow from the seed alone, so that any day can be made again without the days before it.
 */
export function createTroubles(world: World): {
  activeOn(day: number): readonly Trouble[]
  startingIn(from: number, to: number): readonly Trouble[]
} {
  const made = new Map<string, Trouble | undefined>()

  function troubleOf(plot: Plot, span: number): Trouble | undefined {
    const id = `${plot}-${span}`
    if (!made.has(id)) made.set(id, plant(world, plot, span, id))
    return made.get(id)
  }

  function startingIn(from: number, to: number): Trouble[] {
    return PLOT_NAMES.flatMap((plot) => {
      const { every } = PLOTS[plot]
      const found: Trouble[] = []
      for (let span = Math.floor(from / every); span * every < to; span++) {
        const trouble = troubleOf(plot, span)
        if (trouble !== undefined && trouble.start >= from && trouble.start < to) found.push(trouble)
      }
      return found
    })
  }

  const longest = Math.max(...PLOT_NAMES.map((plot) => PLOTS[plot].lasts))
  let activeDay: number | undefined
  let active: readonly Trouble[] = []

  return {
    startingIn,
    activeOn(day) {
      if (day !== activeDay) {
        active = startingIn(day - longest, day + 1).filter(({ end }) => day < end)
        activeDay = day
      }
      return active
    },
  }
}

function plant(world: World, plot: Plot, span: number, id: string): Trouble | undefined {
  const { every, lasts } = PLOTS[plot]
  const salt = 100 + PLOT_NAMES.indexOf(plot)
  const random = createRandom(world.options.seed, salt, span)
  // Never on a span's last day, so that two outages never follow each other without a day between.
  const start = span * every + (mix(world.options.seed, salt, span, 1) % (every - 1))
  // The first three weeks are quiet, so that whatever learns what is usual has seen it.
  if (start < world.options.firstDay + 21) return undefined
  const common = { plot, id, start, end: start + lasts, device: undefined, feed: undefined }
  const alone = (of: Enterprise | undefined, cause: (of: Enterprise) => string): Trouble | undefined =>
    of && { ...common, enterprises: [of], district: of.district.code, cause: cause(of) }
  const someone = (fits: (of: Enterprise) => boolean) => find(world, random, common.start, common.end, fits)
  const usual = ({ trade }: Enterprise) => at(trade.causes, 0)[0]

  switch (plot) {
    case 'slow-decline':
      return alone(
        someone((of) => of.insured && of.group < 0),
        usual,
      )
    case 'missed-commitments':
      return alone(
        someone((of) => of.kind === 'company'),
        usual,
      )
    case 'silent-enterprise':
      return alone(
        someone((of) => of.insured && of.group < 0),
        () => 'silence',
      )
    case 'prepaid-runaway':
      return alone(
        someone(({ trade }) => trade.causes.some(([cause]) => cause === 'prepaid-card-runaway')),
        () => 'prepaid-card-runaway',
      )
    case 'sensor-drift': {
      const device = world.devices[random.below(world.devices.length)]
      if (device === undefined) return undefined
      const cause =
        device.metric.id === 'gas' ? 'gas-safety' : device.metric.id === 'fridge' ? 'food-hygiene' : 'pollution'
      return { ...common, device, enterprises: [device.enterprise], district: device.enterprise.district.code, cause }
    }
    case 'owner-collapse': {
      const groups = world.groups.filter(({ length }) => length >= 4)
      const members = groups[random.below(groups.length)] ?? world.groups[0]
      if (members === undefined) return undefined
      const enterprises = members
        .map((index) => at(world.enterprises, index))
        .filter(({ opened }) => opened < start - 60)
      const first = enterprises[0]
      return first && { ...common, enterprises, district: first.district.code, cause: 'unpaid-wages' }
    }
    case 'cross-industry-cluster':
      return plantCluster(world, random, common)
    case 'feed-outage':
      return { ...common, feed: random.pick(OUTAGE_FEEDS), enterprises: [], district: '', cause: '' }
  }
}

function plantCluster(
  world: World,
  random: Random,
  common: Omit<Trouble, 'enterprises' | 'district' | 'cause'>,
): Trouble | undefined {
  const cause = random.pick(CLUSTER_CAUSES)
  const district = at(DISTRICTS, cumulative(DISTRICTS.map(({ share }) => share))(random.unit()))
  const sections = [
    ...new Set(TRADES.filter(({ causes }) => causes.some(([name]) => name === cause)).map(({ section }) => section)),
  ]
  const enterprises = sections.slice(0, 4).flatMap((section) => {
    const candidates = world.enterprises.filter(
      (of) =>
        of.district === district &&
        of.trade.section === section &&
        world.isOpen(of, common.start) &&
        world.isOpen(of, common.end) &&
        of.opened < common.start - 60 &&
        of.trade.causes.some(([name]) => name === cause),
    )
    const first = random.below(Math.max(1, candidates.length))
    return candidates.slice(first, first + 5)
  })
  const industries = new Set(enterprises.map(({ trade }) => trade.section))
  return industries.size < 2 ? undefined : { ...common, enterprises, district: district.code, cause }
}

/** Someone who fits and is in business all the while; gives up after 400 looks. */
function find(
  world: World,
  random: Random,
  start: number,
  end: number,
  fits: (of: Enterprise) => boolean,
): Enterprise | undefined {
  for (let looks = 0; looks < 400; looks++) {
    const of = world.draw.any(random.unit())
    if (of.opened < start - 60 && world.isOpen(of, end) && fits(of)) return of
  }
  return undefined
}

/** One line of the truth file; instants are UTC milliseconds, the end exclusive. */
export function truthLine(trouble: Trouble, startOfDay: (day: number) => number): string {
  const { plot, id, enterprises, district, cause, start, end, device, feed } = trouble
  return JSON.stringify({
    kind: plot,
    id,
    enterprises: enterprises.map(({ uscc }) => `uscc:${uscc}`),
    industries: [...new Set(enterprises.map(({ trade }) => trade.section))].sort(),
    district,
    cause,
    start: startOfDay(start),
    end: startOfDay(end),
    ...(device && { device: device.id, metric: device.metric.id }),
    ...(feed && { feed }),
  })
}

/** Days into the plot. */
export const dayInto = (trouble: Trouble, instant: number): number => dayOf(instant) - trouble.start
