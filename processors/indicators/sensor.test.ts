import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts'
import { COMMON, dayTick, readAt } from '../../test/support/indicator-view.ts'
import type { SensorState } from '../enterprise.ts'
import { createSensorAnomaly, createThresholdDuration, emptySensor, sensorKey, takeReading } from './sensor.ts'

const SHANGHAI = 480

describe('longer above a limit than allowed', () => {
  /** Above 8 for half an hour speaks, four and a half hours are full, held for two days. */
  const tooLong = createThresholdDuration({
    ...COMMON,
    kind: 'threshold-duration',
    metric: 'temperature',
    above: 8,
    forMinutes: 30,
    fullMinutes: 270,
    holdDays: 2,
  })

  /** A cold store read every ten minutes from the first midnight on. */
  function store(values: readonly number[], metric = 'temperature'): Record<string, SensorState> {
    const state = emptySensor()
    for (const [index, value] of values.entries()) {
      takeReading(state, dayTick(0) + index * 10 * MINUTE_MS, value, 8, undefined, SHANGHAI)
    }
    return { [sensorKey('device:d1', metric)]: state }
  }

  const minutesAbove = (minutes: number) => [4, ...new Array<number>(minutes / 10 + 1).fill(9), 4]

  test.each([
    [20, 0],
    [30, 100],
    [60, 125],
    [150, 500],
    [270, 1000],
    [900, 1000],
  ])('%s minutes give %s', (minutes, intensity) => {
    const sensors = store(minutesAbove(minutes))
    expect(readAt(tooLong, dayTick(1), [], { sensors }).intensity).toBe(intensity)
  })

  test('two short runs are not one long one', () => {
    const sensors = store([9, 9, 9, 4, 9, 9, 9])
    expect(readAt(tooLong, dayTick(1), [], { sensors }).intensity).toBe(0)
  })

  test('is held for two days after the run ended, and says until when', () => {
    const sensors = store(minutesAbove(150))
    const said = readAt(tooLong, dayTick(1), [], { sensors })
    expect(said).toMatchObject({ measure: '150 min', evidence: ['device:d1/temperature'] })
    expect(said.until).toBe(dayTick(2) + 160 * MINUTE_MS + 1)
    expect(readAt(tooLong, said.until - 1, [], { sensors }).intensity).toBe(500)
    expect(readAt(tooLong, said.until, [], { sensors }).intensity).toBe(0)
  })

  test('looks at its own metric alone', () => {
    expect(readAt(tooLong, dayTick(1), [], { sensors: store(minutesAbove(150), 'humidity') }).intensity).toBe(0)
  })

  test('a reading that comes again, or out of order, changes nothing', () => {
    const sensors = store(minutesAbove(150))
    const before = structuredClone(sensors)
    for (const state of Object.values(sensors)) takeReading(state, dayTick(0), 99, 8, undefined, SHANGHAI)
    expect(sensors).toEqual(before)
  })

  test('keeps the newest eight runs, however often the limit is passed', () => {
    const [state] = Object.values(store(Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 9 : 4))))
    expect(state?.runs).toHaveLength(8)
    expect(state?.runs.at(-1)?.[0]).toBe(dayTick(0) + 98 * 10 * MINUTE_MS)
  })
})

describe('unusual against the device’s own hour of day', () => {
  const anomaly = createSensorAnomaly({ ...COMMON, kind: 'sensor-anomaly', metric: 'power', threshold: 6, holdDays: 3 })

  /** Hourly readings: 10 by night, 50 by day, with a swing of 1; `changed` replaces some of them. */
  function meter(days: number, changed: Readonly<Record<number, number>> = {}, from = 0): Record<string, SensorState> {
    const state = emptySensor()
    for (let hour = from; hour < days * 24; hour++) {
      const usual = (hour % 24 < 8 ? 10 : 50) + (Math.floor(hour / 24) % 2)
      takeReading(state, dayTick(0) + hour * HOUR_MS, changed[hour] ?? usual, undefined, 6, SHANGHAI)
    }
    return { [sensorKey('device:m1', 'power')]: state }
  }
  const read = (sensors: Record<string, SensorState>, day: number) => readAt(anomaly, dayTick(day), [], { sensors })

  test('a daily rhythm is nothing unusual, however large', () => {
    expect(read(meter(20), 20).intensity).toBe(0)
  })

  test('daytime values at night are, once there are three of them', () => {
    const night = 19 * 24
    expect(read(meter(20, { [night]: 50, [night + 1]: 50 }), 20).intensity).toBe(0)
    const said = read(meter(20, { [night]: 50, [night + 1]: 50, [night + 2]: 50 }), 20)
    expect(said).toMatchObject({ intensity: 375, measure: '3', evidence: ['device:m1/power'] })
  })

  test('also where the first reading came at noon', () => {
    const night = 8 * 24
    const sensors = meter(9, { [night]: 20, [night + 1]: 20, [night + 2]: 20 }, 12)
    expect(read(sensors, 9).intensity).toBe(375)
  })

  test('is forgotten after the days it is held for', () => {
    const night = 10 * 24
    const sensors = meter(20, { [night]: 50, [night + 1]: 50, [night + 2]: 50 })
    const said = read(sensors, 11)
    expect(said.until).toBe(dayTick(13) + 1)
    expect(read(sensors, 13).intensity).toBe(375)
    expect(read(sensors, 14).intensity).toBe(0)
  })

  test('judges nothing before an hour was seen six times', () => {
    const second = 24
    expect(read(meter(2, { [second]: 500, [second + 1]: 500, [second + 2]: 500 }), 2).intensity).toBe(0)
  })
})
