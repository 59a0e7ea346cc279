import { HOUR_MS } from '../core/time.ts'
import { dayOf, startOfDay, weekdayOf } from './calendar.ts'
import type { Enterprise } from './enterprise.ts'
import { mix, unitAt } from './random.ts'

/** What is measured, how a sound device reads, and the limit that the city's policy names for it. */
export interface Metric {
  readonly id: string
  readonly sections: readonly string[]
  /** Devices per thousand enterprises of the city. */
  readonly perThousand: number
  readonly base: number
  /** Amplitude of the day, as a share of the base; peak at `peakHour`. */
  readonly daily: number
  readonly peakHour: number
  readonly weekend: number
  readonly noise: number
  readonly limit: number
}

export const METRICS: readonly Metric[] = [
  {
    id: 'cod',
    sections: ['C', 'N', 'D'],
    perThousand: 3.5,
    base: 42,
    daily: 0.25,
    peakHour: 15,
    weekend: 0.8,
    noise: 0.07,
    limit: 100,
  },
  {
    id: 'so2',
    sections: ['C', 'D', 'B'],
    perThousand: 2.5,
    base: 18,
    daily: 0.2,
    peakHour: 9,
    weekend: 0.9,
    noise: 0.08,
    limit: 50,
  },
  {
    id: 'dust',
    sections: ['E', 'B'],
    perThousand: 3,
    base: 60,
    daily: 0.35,
    peakHour: 14,
    weekend: 0.6,
    noise: 0.1,
    limit: 150,
  },
  {
    id: 'gas',
    sections: ['H'],
    perThousand: 2.5,
    base: 3,
    daily: 0.3,
    peakHour: 12,
    weekend: 1.2,
    noise: 0.12,
    limit: 10,
  },
  {
    id: 'fridge',
    sections: ['H', 'F', 'P'],
    perThousand: 3.5,
    base: 4,
    daily: 0.15,
    peakHour: 14,
    weekend: 1,
    noise: 0.05,
    limit: 8,
  },
]

export interface Device {
  readonly index: number
  readonly id: string
  readonly metric: Metric
  readonly enterprise: Enterprise
  /** Its own level, as a share of the metric's base. */
  readonly level: number
}

export interface Camera {
  readonly id: string
  readonly enterprise: Enterprise
}

/** Devices stand in enterprises that exist from the first day and stay. */
export function createDevices(
  seed: number,
  firstDay: number,
  enterprises: readonly Enterprise[],
): { devices: Device[]; cameras: Camera[] } {
  const devices: Device[] = []
  const taken = new Set<number>()
  const choose = (sections: readonly string[], count: number, salt: number): Enterprise[] =>
    enterprises
      .filter(
        ({ trade, opened, closed, index }) =>
          sections.includes(trade.section) &&
          trade.code !== 'H6110' &&
          opened < firstDay &&
          closed === Number.POSITIVE_INFINITY &&
          !taken.has(index),
      )
      .map((enterprise) => ({ enterprise, rank: mix(seed, salt, enterprise.index) }))
      .sort((left, right) => left.rank - right.rank)
      .slice(0, count)
      .map(({ enterprise }) => enterprise)
  for (const [place, metric] of METRICS.entries()) {
    const count = Math.max(2, Math.round((metric.perThousand * enterprises.length) / 1000))
    for (const enterprise of choose(metric.sections, count, 10 + place)) {
      const index = devices.length
      taken.add(enterprise.index)
      devices.push({
        index,
        id: `${metric.id}-${String(index).padStart(4, '0')}`,
        metric,
        enterprise,
        level: 0.75 + 0.4 * unitAt(seed, 20, index),
      })
    }
  }
  const kitchens = choose(['H', 'P'], Math.max(2, Math.round(enterprises.length * 0.004)), 30)
  return {
    devices,
    cameras: kitchens.map((enterprise, index) => ({ id: `cam-${String(index).padStart(4, '0')}`, enterprise })),
  }
}

/** What a device reads at an instant, before anything planted: a pure function, so that any part can be made again. */
export function soundReading(seed: number, device: Device, instant: number): number {
  const { metric, level } = device
  const day = dayOf(instant)
  const hour = (instant - startOfDay(day)) / HOUR_MS
  const swing = metric.daily * Math.cos(((hour - metric.peakHour) * Math.PI) / 12)
  const week = weekdayOf(day) > 4 ? metric.weekend : 1
  const slot = Math.floor(instant / 900_000)
  const noise =
    unitAt(seed, 40, device.index, slot) +
    unitAt(seed, 41, device.index, slot) +
    unitAt(seed, 42, device.index, slot) -
    1.5
  const weather = unitAt(seed, 43, device.index, day) - 0.5
  return metric.base * level * week * (1 + swing + weather * metric.noise + noise * 1.4 * metric.noise)
}
