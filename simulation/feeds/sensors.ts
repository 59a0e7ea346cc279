import { HOUR_MS } from '../../core/time.ts'
import { startOfDay } from '../calendar.ts'
import { type Device, soundReading } from '../devices.ts'
import { mix, unitAt } from '../random.ts'
import type { DayContext } from './feed.ts'

/** What a planted fault makes of a sound value. */
export type Distortion = (value: number, instant: number) => number
const NOON = 12

/**
 * One reading of each device an hour, at a minute of its own; `daily` keeps only the one after noon, as old archives
 * do. One in two hundred is missing, one in five hundred flagged as maintenance (M).
 */
export function dayOfReadings(context: DayContext, daily: boolean, distorted: ReadonlyMap<number, Distortion>): void {
  const { world, day, emit } = context
  const { seed } = world.options
  for (const device of world.devices) {
    const second = mix(seed, 70, device.index) % 3600
    const distort = distorted.get(device.index)
    for (let hour = daily ? NOON : 0; hour < (daily ? NOON + 1 : 24); hour++) {
      const t = startOfDay(day) + hour * HOUR_MS + second * 1000
      const fate = unitAt(seed, 71, device.index, Math.floor(t / HOUR_MS))
      if (fate < 0.005) continue
      const sound = soundReading(seed, device, t)
      emit(t, readingLine(device, t, distort === undefined ? sound : distort(sound, t), fate > 0.998 ? 'M' : 'N'))
    }
  }
}

export function readingLine({ id, metric, enterprise }: Device, t: number, value: number, quality: string): string {
  return `{"t":${t},"v":${Math.round(value * 100) / 100},"q":"${quality}","device":"${id}","metric":"${metric.id}","subject":"${enterprise.uscc}","region":"${enterprise.district.code}"}`
}
