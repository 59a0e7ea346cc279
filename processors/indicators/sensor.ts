import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts'
import type { EnterpriseState, SensorState } from '../enterprise.ts'
import { type Indicator, type IndicatorOf, NOTHING, perMille } from './indicator.ts'
import type { Reading } from './reading.ts'

const RUNS_KEPT = 8
const UNUSUAL_KEPT = 16
/** So many unusual values count; fewer are chance. */
const LEAST_UNUSUAL = 3
/** Learning rate of the hourly baseline: about the last twenty days count. */
const RATE = 0.05
/** Readings of an hour before its baseline is trusted. */
const WARM = 6

/** The state of a device's measure, made where it is not there. */
export function sensorOf(enterprise: EnterpriseState, key: string): SensorState {
  const known = enterprise.sensors.get(key)
  if (known !== undefined) return known
  const made = emptySensor()
  enterprise.sensors = new Map(enterprise.sensors).set(key, made)
  return made
}

export function emptySensor(): SensorState {
  return { runStart: 0, lastKnown: 0, runs: [], mean: [], deviation: [], seen: [], unusual: [] }
}

/**
 * Takes one reading into a device's state, in the order of time. `above` is the limit of its metric (undefined: none).
 * A reading that is missing or not normal leaves the state as it is: silence is not safety, and not danger either.
 * Answers whether it changed anything that an indicator reads: an ordinary reading need not be judged.
 */
export function takeReading(
  state: SensorState,
  known: number,
  value: number,
  above: number | undefined,
  anomalyThreshold: number | undefined,
  offsetMinutes: number,
): boolean {
  if (known <= state.lastKnown) return false
  state.lastKnown = known
  const exceeds = above !== undefined && value > above
  if (above !== undefined) takeRun(state, known, exceeds)
  const isUnusual = anomalyThreshold !== undefined && takeAnomaly(state, known, value, anomalyThreshold, offsetMinutes)
  return exceeds || isUnusual
}

function takeRun(state: SensorState, known: number, exceeded: boolean): void {
  if (!exceeded) {
    state.runStart = 0
    return
  }
  if (state.runStart === 0) {
    state.runStart = known
    state.runs.push([known, known])
    if (state.runs.length > RUNS_KEPT) state.runs.shift()
    return
  }
  const run = state.runs.at(-1)
  if (run !== undefined) run[1] = known
}

function takeAnomaly(
  state: SensorState,
  known: number,
  value: number,
  threshold: number,
  offsetMinutes: number,
): boolean {
  const hour = Math.floor((((known + offsetMinutes * MINUTE_MS) % DAY_MS) + DAY_MS) / HOUR_MS) % 24
  const seen = state.seen[hour] ?? 0
  const mean = seen === 0 ? value : (state.mean[hour] ?? value)
  const deviation = state.deviation[hour] ?? 0
  const off = Math.abs(value - mean)
  let isUnusual = false
  if (seen >= WARM) {
    const scale = Math.max(deviation * 1.2533, Math.abs(mean) * 0.01, 1e-9)
    const score = off / scale
    isUnusual = score >= threshold
    if (isUnusual) {
      state.unusual.push([known, perMille(score - threshold + 1, threshold)])
      if (state.unusual.length > UNUSUAL_KEPT) state.unusual.shift()
    }
  }
  const rate = Math.max(RATE, 1 / (seen + 1))
  for (let h = state.seen.length; h <= hour; h++) {
    state.seen[h] = 0
    state.mean[h] = 0
    state.deviation[h] = 0
  }
  state.seen[hour] = seen + 1
  state.mean[hour] = mean + rate * (value - mean)
  state.deviation[hour] = deviation + rate * (off - deviation)
  return isUnusual
}

/** By metric, then by device: the names of sensors, put together once and not at each of their readings. */
const names = new Map<string, Map<string, string>>()
const NAMES_KEPT = 65_536

export function sensorKey(device: string, metric: string): string {
  const ofMetric = names.get(metric) ?? new Map<string, string>()
  const known = ofMetric.get(device)
  if (known !== undefined) return known
  if (ofMetric.size === 0) names.set(metric, ofMetric)
  else if (ofMetric.size >= NAMES_KEPT) ofMetric.clear()
  const name = `${device}/${metric}`
  ofMetric.set(device, name)
  return name
}

/** Longer above the limit than `forMinutes`: grows to `fullMinutes`, and is held for `holdDays` after it ended. */
export function createThresholdDuration(policy: IndicatorOf<'threshold-duration'>): Indicator {
  const least = policy.forMinutes * MINUTE_MS
  const span = Math.max(1, policy.fullMinutes * MINUTE_MS - least)
  const hold = policy.holdDays * DAY_MS
  const ofMetric = sensorKey('', policy.metric)
  return {
    policy,
    selections: [],
    read({ tick, enterprise }) {
      let best: Reading = NOTHING
      for (const [key, state] of enterprise.sensors) {
        if (!key.endsWith(ofMetric)) continue
        for (const [start, end] of state.runs) {
          const seenEnd = Math.min(end, tick)
          if (start >= tick || seenEnd - start < least || tick - seenEnd > hold) continue
          const intensity = Math.max(100, perMille(seenEnd - start - least, span))
          if (intensity <= best.intensity) continue
          const minutes = Math.round((seenEnd - start) / MINUTE_MS)
          best = { intensity, measure: `${minutes} min`, evidence: [key], until: seenEnd + hold + 1 }
        }
      }
      return best
    },
  }
}

/** Unusual values of a metric against the device's own hour of day; at least three within `holdDays` count. */
export function createSensorAnomaly(policy: IndicatorOf<'sensor-anomaly'>): Indicator {
  const hold = policy.holdDays * DAY_MS
  const ofMetric = sensorKey('', policy.metric)
  return {
    policy,
    selections: [],
    read({ tick, enterprise }) {
      let best: Reading = NOTHING
      for (const [key, state] of enterprise.sensors) {
        if (!key.endsWith(ofMetric)) continue
        if (state.unusual.length < LEAST_UNUSUAL) continue
        const recent = state.unusual.filter(([at]) => at < tick && tick - at <= hold)
        if (recent.length < LEAST_UNUSUAL) continue
        const mean = recent.reduce((sum, [, strength]) => sum + strength, 0) / recent.length
        const intensity = Math.min(1000, Math.floor((mean * Math.min(recent.length, 8)) / 8))
        if (intensity <= best.intensity) continue
        best = {
          intensity,
          measure: String(recent.length),
          evidence: [key],
          until: (recent[0]?.[0] ?? tick) + hold + 1,
        }
      }
      return best
    },
  }
}
