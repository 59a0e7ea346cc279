import { setTimeout as delay } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { EventLog } from '../core/event-log.ts'
import type { RiskPoint, Signal } from '../core/risk.ts'
import { parseLines } from '../processors/json-lines.ts'
import { ALL_SHARDS } from './fold-all.ts'

/** What a change point says, whoever said it. */
export interface Said
  extends Pick<RiskPoint, 'enterprise' | 'effective' | 'risk' | 'basis' | 'name' | 'district' | 'industry'> {
  readonly signals: readonly Pick<Signal, 'indicator' | 'intensity'>[]
  /** Said of a past that was corrected: absent where the engine does not do that. */
  readonly rebuilt?: boolean
}

const QUIET_MS = 3_000
const GIVE_UP_MS = 60_000

export async function saidByFengsui(log: EventLog, realm: string): Promise<readonly Said[]> {
  const ends = await log.ends('signals', realm)
  const reader = await log.reader({
    topic: 'signals',
    realm,
    shards: ALL_SHARDS,
    after: new Map(),
    maxBytes: 4_000_000,
  })
  const said: Said[] = []
  const left = new Map(ends)
  while (left.size > 0) {
    for (const { shard, position, bytes } of await reader.poll(100)) {
      for (const point of parseLines<RiskPoint>(bytes)) {
        said.push({ ...point, rebuilt: point.revision > 0 || point.recorded !== point.effective })
      }
      if (position === left.get(shard)) left.delete(shard)
    }
  }
  await reader.close()
  return said
}

/** Reads until it has `expected` points and nothing more comes: transactions leave holes, so that ends tell nothing. */
export async function saidByStreams(
  brokers: readonly string[],
  topic: string,
  expected: number,
): Promise<readonly Said[]> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `${topic}.reader` })
  const said: Said[] = []
  let newest = performance.now()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    async eachMessage({ message }) {
      newest = performance.now()
      if (message.value !== null) said.push(JSON.parse(message.value.toString('utf8')))
    },
  })
  const quietFor = () => performance.now() - newest
  while (quietFor() < (said.length >= expected ? QUIET_MS : GIVE_UP_MS)) await delay(100)
  await consumer.disconnect()
  return said
}

export interface Compared {
  readonly compared: number
  /** Enterprises whose past was corrected: one engine says it again, the other does not. */
  readonly leftOut: number
  /** The first point that is not the same; absent where all are. */
  readonly difference: string | undefined
}

export function compareSaid(ours: readonly Said[], theirs: readonly Said[]): Compared {
  const corrected = new Set(ours.filter(({ rebuilt }) => rebuilt === true).map(({ enterprise }) => enterprise))
  const [left, right] = [ours, theirs].map((said) => said.filter(({ enterprise }) => !corrected.has(enterprise)))
  const mine = new Set(left?.map(lineOf))
  const other = new Set(right?.map(lineOf))
  const missing = [...mine].find((line) => !other.has(line))
  const added = [...other].find((line) => !mine.has(line))
  const difference = missing === undefined ? added && `+ ${added}` : `- ${missing}`
  return { compared: mine.size, leftOut: corrected.size, difference }
}

function lineOf({ enterprise, effective, risk, basis, name, district, industry, signals }: Said): string {
  const parts = signals.map(({ indicator, intensity }) => `${indicator}=${intensity}`)
  return [enterprise, effective, risk, basis, name, district, industry, ...parts].join('|')
}
