import type { LogBatch, Progress } from '../core/event-log.ts'
import { type Observation, observationId } from '../core/observation.ts'
import { observationLine } from '../core/observation-line.ts'
import { shardOf } from '../core/shard.ts'
import { DAY_MS, HOUR_MS } from '../core/time.ts'
import { createRandom, type Random } from '../simulation/random.ts'
import { ALL_SHARDS } from './fold-all.ts'
import { STARTS } from './prepared.ts'

/**
 * A city of any size, made line by line: what comes in an hour is the same for every size, only whom it concerns is drawn
 * from more. The simulated city is a better play, but its senders and the intake would take longer than the folds.
 */
export interface MadeCity {
  /** Its register and, of a fifth of it, the last payment of insurance: append by append, as a log gives it back. */
  stock(): Generator<readonly LogBatch[]>
  /** So many rows of its hours after that, an append an hour. */
  hours(rows: number): Generator<readonly LogBatch[]>
  /** Its hours in lots of so many rows, each of which says how far time has come. */
  lots(rows: number): Generator<readonly LogBatch[]>
  /** A line that counts against somebody who is not of the city, and against nobody else. */
  probe(number: number): { readonly enterprise: string; readonly append: readonly LogBatch[] }
}

const FEED = 'made'
const LINES_AN_APPEND = 20_000
const ROWS_AN_HOUR = 20_000
/** Enterprises with a device are the first of the city, as few in a large one as in a small one. */
const WITH_DEVICES = 2_000
/** The register comes in the order of its days, so that time can come with it. */
const REGISTERED = STARTS - 30 * DAY_MS
const SECTORS = ['B0610', 'E4710', 'F5211', 'H6210', 'I6311', 'O8111'] as const
const INDUSTRIES = ['C', 'F', 'H', 'I', 'O', 'P'] as const

type Said = Pick<Observation, 'kind'> & Partial<Observation>

export function createMadeCity(enterprises: number, metrics: readonly string[]): MadeCity {
  const random = createRandom(20_261_125)
  let position = 0
  let number = 0
  /** How far its lots have come. */
  let now = STARTS

  function observation(subject: number, known: number, said: Said): Observation {
    number += 1
    const record = number.toString(16).padStart(16, '0')
    const identity = { realm: 'demo', feed: FEED, record, part: '', id: observationId(FEED, record, ''), version: 1 }
    return {
      ...identity,
      content: record,
      subject: `uscc:91140100MA${String(subject).padStart(8, '0')}`,
      authority: 'market',
      trust: 'verified',
      district: '140105',
      industry: INDUSTRIES[subject % INDUSTRIES.length] ?? 'F',
      cause: '',
      occurred: known,
      decided: 0,
      published: 0,
      known,
      received: STARTS,
      value: null,
      unit: '',
      facts: {},
      source: FEED,
      line: 1,
      gone: 0,
      ...said,
    }
  }

  /** By shard; where `until` is given, every shard is told that time has come so far. */
  function append(lines: readonly Observation[], bulk: boolean, until?: number): LogBatch[] {
    const shards = new Map<number, string[]>(until === undefined ? [] : ALL_SHARDS.map((shard) => [shard, []]))
    for (const line of lines) {
      const shard = shardOf(line.subject)
      const own = shards.get(shard) ?? []
      own.push(observationLine(line), '\n')
      shards.set(shard, own)
    }
    const progress: Progress[] = until === undefined ? [] : [{ feed: FEED, until, closed: false }]
    const at = String(position++).padStart(12, '0')
    const common = { topic: 'observations', realm: 'demo', progress, bulk, position: at } as const
    return [...shards].map(([shard, own]) => {
      return { ...common, shard, count: own.length / 2, bytes: Buffer.from(own.join('')) }
    })
  }

  function oneOf(known: number): Observation {
    const said = sayOne(random, metrics)
    const among = said.kind === 'sensor-reading' ? Math.min(WITH_DEVICES, enterprises) : enterprises
    return observation(random.below(among), known, said)
  }

  return {
    *stock() {
      let lines: Observation[] = []
      for (let subject = 0; subject < enterprises; subject++) {
        const known = REGISTERED + Math.floor((subject / enterprises) * 30 * DAY_MS)
        lines.push(observation(subject, known, registration(subject)))
        if (subject % 5 === 0) lines.push(observation(subject, known, INSURANCE))
        if (lines.length < LINES_AN_APPEND) continue
        yield append(lines, true, known)
        lines = []
      }
      yield append(lines, true, STARTS)
    },
    *lots(rows) {
      const lotMs = (HOUR_MS * rows) / ROWS_AN_HOUR
      for (let start = STARTS; ; start += lotMs) {
        now = start
        const lines = Array.from({ length: rows }, (_, at) => oneOf(Math.floor(start + (lotMs * at) / rows)))
        yield append(lines, false, Math.floor(start + lotMs))
      }
    },
    probe(number) {
      const line = observation(enterprises + number, Math.ceil(now), PROBE)
      return { enterprise: line.subject, append: append([line], false) }
    },
    *hours(rows) {
      for (let start = STARTS, left = rows; left > 0; start += HOUR_MS, left -= ROWS_AN_HOUR) {
        const known = Array.from({ length: Math.min(left, ROWS_AN_HOUR) }, () => start + random.below(HOUR_MS)).sort(
          (one, other) => one - other,
        )
        yield append(known.map(oneOf), false, start + HOUR_MS)
      }
    },
  }
}

function registration(subject: number): Said {
  const [sector, industry] = [SECTORS[subject % SECTORS.length] ?? '', INDUSTRIES[subject % INDUSTRIES.length] ?? '']
  const facts = { name: `并州第${subject}商行`, district: '140105', industry, sector }
  return { kind: 'registration', facts }
}

const PROBE: Said = { kind: 'penalty', cause: 'food-hygiene', facts: { severity: 'general' } }
const INSURANCE: Said = { kind: 'administrative-act', facts: { act: 'social-insurance' } }

/** Seven in ten are readings, as in the simulated city's stream; the others are what people write. */
function sayOne(random: Random, metrics: readonly string[]): Said {
  const part = random.unit()
  if (part < 0.7) {
    const metric = metrics[random.below(metrics.length)] ?? ''
    const value = Math.round((60 + 15 * random.normal()) * 10) / 10
    return { kind: 'sensor-reading', trust: 'device', value, facts: { device: 'D1', metric, quality: 'N' } }
  }
  if (part < 0.85) return { kind: 'complaint', cause: random.chance(0.5) ? 'food-hygiene' : 'contract-breach' }
  if (part < 0.9) return { kind: 'penalty', cause: 'food-hygiene', facts: { severity: 'general' } }
  if (part < 0.95) return { kind: 'inspection-result', facts: { result: 'fail' } }
  if (part < 0.98) return INSURANCE
  const promise = String(random.below(1_000_000))
  return { kind: 'commitment', facts: { promise, deadline: String(STARTS + random.below(48) * HOUR_MS) } }
}
