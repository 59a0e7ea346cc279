import { DISTRICTS } from './city.ts'
import { type Camera, createDevices, type Device } from './devices.ts'
import type { Enterprise } from './enterprise.ts'
import { madeUpCode, madeUpIdentityNumber, madeUpName, madeUpPerson } from './identity.ts'
import { createRandom, unitAt } from './random.ts'
import { TRADES } from './trades.ts'

export interface WorldOptions {
  readonly seed: number
  readonly enterprises: number
  /** First simulated day (numbered from 1970-01-01 local): the registry's whole stock is delivered on it. */
  readonly firstDay: number
}

export interface World {
  readonly options: WorldOptions
  readonly enterprises: readonly Enterprise[]
  /** Members by group number, in the order of the chain. */
  readonly groups: readonly (readonly number[])[]
  readonly devices: readonly Device[]
  readonly cameras: readonly Camera[]
  /** Who opens and who closes, by day. */
  readonly opening: ReadonlyMap<number, readonly Enterprise[]>
  readonly closing: ReadonlyMap<number, readonly Enterprise[]>
  /** Draws an enterprise with a chance proportional to how often such things happen to it. */
  readonly draw: Readonly<Record<DrawKind, (unit: number) => Enterprise>>
  /** Whether it is in business on a day. */
  isOpen(enterprise: Enterprise, day: number): boolean
}

export type DrawKind = 'any' | 'trouble' | 'inspected' | 'employer'

const CLUSTERS = 5
const LEADS = { company: '91', 'sole-trader': '92', 'co-operative': '93' } as const

/** The whole city out of a seed. Takes about 10 µs an enterprise. */
export function createWorld(options: WorldOptions): World {
  const { seed, firstDay } = options
  const pickDistrict = cumulative(DISTRICTS.map(({ share }) => share))
  const pickTrade = cumulative(TRADES.map(({ share }) => share))
  const groups = createGroups(seed, options.enterprises)
  const groupOf = new Map<number, { group: number; parent: number }>()
  for (const [group, members] of groups.entries()) {
    for (const [place, member] of members.entries()) groupOf.set(member, { group, parent: members[place - 1] ?? -1 })
  }

  function createEnterprise(index: number): Enterprise {
    const random = createRandom(seed, 1, index)
    const tie = groupOf.get(index)
    const trade = at(TRADES, pickTrade(random.unit()))
    const district = at(DISTRICTS, pickDistrict(random.unit()))
    const draw = random.unit()
    const kind =
      tie !== undefined || draw < 0.2 + trade.insured * 0.7 ? 'company' : draw > 0.985 ? 'co-operative' : 'sole-trader'
    const cluster = createRandom(seed, 2, Number(district.code), random.below(CLUSTERS))
    const latitude = district.latitude + cluster.normal() * 0.015 + random.normal() * 0.006
    const longitude = district.longitude + cluster.normal() * 0.02 + random.normal() * 0.008
    // One in sixteen opens while we watch, spread over two years; one in twenty-five closes in that time.
    const opened = random.chance(0.0625)
      ? firstDay + 1 + random.below(730)
      : firstDay - 30 - Math.floor(random.unit() ** 2 * 7000)
    const closed =
      tie === undefined && random.chance(0.04)
        ? Math.max(opened + 90, firstDay + random.below(730))
        : Number.POSITIVE_INFINITY
    const staff = Math.max(1, Math.round(Math.exp(1.2 + random.normal() * 1.1) * (kind === 'company' ? 3 : 1)))
    return {
      index,
      uscc: madeUpCode(LEADS[kind], district.code, index),
      name: madeUpName(index, trade.word),
      kind,
      trade,
      district,
      latitude: latitude.toFixed(5),
      longitude: longitude.toFixed(5),
      opened,
      closed,
      badness: Math.exp(random.normal() * 1.05 - 0.55),
      staff,
      insured: kind === 'company' && (tie !== undefined || random.chance(trade.insured)),
      group: tie?.group ?? -1,
      parent: tie?.parent ?? -1,
      representative: madeUpPerson(index),
      representativeId: madeUpIdentityNumber(index),
    }
  }

  const enterprises = Array.from({ length: options.enterprises }, (_, index) => createEnterprise(index))
  const weighted = (weight: (enterprise: Enterprise) => number) => {
    const pick = cumulative(enterprises.map(weight))
    return (unit: number) => at(enterprises, pick(unit))
  }
  return {
    options,
    enterprises,
    groups,
    opening: groupBy(enterprises, ({ opened }) => opened),
    closing: groupBy(enterprises, ({ closed }) => closed),
    ...createDevices(seed, firstDay, enterprises),
    draw: {
      any: weighted(() => 1),
      trouble: weighted(({ trade, badness, staff }) => trade.trouble * badness * Math.sqrt(staff)),
      inspected: weighted(({ trade, badness }) => trade.trouble * (0.6 + 0.4 * badness)),
      employer: weighted(({ insured, badness }) => (insured ? badness : 0)),
    },
    isOpen: ({ opened, closed }, day) => opened <= day && day < closed,
  }
}

/** One enterprise in seven belongs to a group of two to eight under one owner. */
function createGroups(seed: number, enterprises: number): number[][] {
  const groups: number[][] = []
  let next = 0
  while (next < enterprises) {
    const unit = unitAt(seed, 3, next)
    if (unit < 0.04) {
      const size = Math.min(2 + Math.floor((unit / 0.04) ** 2 * 7), enterprises - next)
      groups.push(Array.from({ length: size }, (_, place) => next + place))
      next += size
    } else next += 1
  }
  return groups
}

function groupBy(
  enterprises: readonly Enterprise[],
  key: (enterprise: Enterprise) => number,
): Map<number, Enterprise[]> {
  const found = new Map<number, Enterprise[]>()
  for (const enterprise of enterprises) {
    const group = found.get(key(enterprise))
    if (group === undefined) found.set(key(enterprise), [enterprise])
    else group.push(enterprise)
  }
  return found
}

/** Index of the weight into which a uniform number falls. */
export function cumulative(weights: readonly number[]): (unit: number) => number {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (const [index, weight] of weights.entries()) {
    sum += weight
    sums[index] = sum
  }
  return (unit) => {
    const wanted = unit * sum
    let low = 0
    let high = weights.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** The item at a place that is known to exist. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  if (item === undefined) throw new RangeError(`nothing at ${index} of ${items.length}`)
  return item
}
