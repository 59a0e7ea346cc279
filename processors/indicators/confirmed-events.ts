import { DAY_MS, MINUTE_MS } from '../../core/time.ts'
import type { Entry } from '../entry.ts'
import { type CameraPrecision, cameraPrecision, eventWeight } from './camera-precision.ts'
import { evidenceOf, type Indicator, type IndicatorOf, NOTHING, saturating } from './indicator.ts'

/** The facts of events and verdicts that it reads. */
export const VIDEO_FACTS: readonly string[] = ['camera', 'event', 'verdict']

/** Events of one kind from one camera that were seen often enough to be believed, as one. */
interface Believed {
  readonly events: Entry[]
  readonly camera: string
  /** When its last event was known. */
  readonly last: number
}

/**
 * N-of-M: `n` events of one kind from one camera within `windowMinutes` are believed as one event, which goes on while
 * the window does and counts until `holdDays` after its last. It weighs the mean confidence of its events times the
 * camera's precision; what nobody else saw, and what was seen too seldom, weighs nothing. Vendors' raw alarms are wrong
 * in 35 to 39 of 100 cases, so the prior of the default policy is 5 right to 3 wrong.
 *
 * Errors: `RangeError` where the policy lets it into the class basis: a machine never judges alone.
 */
export function createConfirmedEvents(policy: IndicatorOf<'confirmed-events'>): Indicator {
  if (policy.basis) throw new RangeError(`indicator ${policy.id} rests on cameras: it cannot enter the class basis`)
  const windowMs = policy.windowMinutes * MINUTE_MS
  const holdMs = policy.holdDays * DAY_MS
  return {
    policy,
    selections: [policy.select, policy.outcome],
    read({ tick }, [events = [], verdicts = []]) {
      const credible = events.filter(({ value }) => value !== null && value >= policy.minConfidence)
      const held = believedOf(credible, policy.n, windowMs).filter(({ last }) => tick - last <= holdMs)
      if (held.length === 0) return NOTHING
      const precision = cameraPrecision(verdicts, policy.precision)
      let sum = 0
      let until = Number.POSITIVE_INFINITY
      for (const believed of held) {
        sum += weightOf(believed, precision)
        until = Math.min(until, believed.last + holdMs + 1)
      }
      const seen = held.flatMap((believed) => believed.events).sort(byTime)
      return {
        intensity: saturating(sum, policy.saturation * 1000),
        measure: `${held.length} (${(sum / 1000).toFixed(2)})`,
        evidence: evidenceOf(seen),
        until,
      }
    },
  }
}

function believedOf(events: readonly Entry[], n: number, windowMs: number): Believed[] {
  const groups = new Map<string, { camera: string; events: Entry[] }>()
  for (const event of events) {
    const { camera = '', event: kind = '' } = event.facts ?? {}
    const key = `${camera}\u001f${kind}`
    const group = groups.get(key) ?? { camera, events: [] }
    group.events.push(event)
    groups.set(key, group)
  }
  return [...groups.values()].flatMap((group) => believedIn(group.events, n, windowMs, group.camera))
}

/** Walks one camera's events of one kind, oldest first; windows that share an event are one. */
function believedIn(events: readonly Entry[], n: number, windowMs: number, camera: string): Believed[] {
  const found: Believed[] = []
  let begin = 0
  /** Behind the last event that belongs to what was found last. */
  let end = 0
  for (let at = n - 1; at < events.length; at++) {
    const first = at - n + 1
    const known = events[at]?.known ?? 0
    if (known - (events[first]?.known ?? 0) > windowMs) continue
    if (first < end) found.pop()
    else begin = first
    end = at + 1
    found.push({ events: events.slice(begin, end), camera, last: known })
  }
  return found
}

function weightOf({ events, camera }: Believed, precision: CameraPrecision): number {
  const right = precision(camera)
  const sum = events.reduce((total, { value }) => total + eventWeight(value ?? 0, right), 0)
  return Math.floor(sum / events.length)
}

function byTime(left: Entry, right: Entry): number {
  if (left.known !== right.known) return left.known - right.known
  return left.id < right.id ? -1 : 1
}
