import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLifecycle } from '../app/lifecycle.ts'
import type { BenchContext } from './bench.ts'
import { measureCarriers } from './carriers.ts'
import { measureCorrection } from './correction.ts'
import { MORE_INDICATORS, SIZES } from './curves.ts'
import { measureDevices } from './devices.ts'
import type { Outcome } from './figure.ts'
import { measureFolds } from './folds.ts'
import { measureGrowth } from './growth.ts'
import { measureKafkaPath } from './kafka.ts'
import { measureKafkaStreams } from './kafka-streams.ts'
import { measureLatency } from './latency.ts'
import { measureMapping } from './mapping.ts'
import { measureMqtt } from './mqtt.ts'
import { measurePath } from './path.ts'
import { type Loads, type Prepared, prepareStream, prepareYear } from './prepared.ts'
import { measureResume } from './resume.ts'
import { measureRows } from './rows.ts'
import { measureSip } from './sip.ts'
import { measureSnapshots } from './snapshots.ts'
import { measureStartup } from './startup.ts'

export interface BenchOptions {
  readonly policies: string
  readonly seconds: number
  /** Rows a second at which latency is measured. */
  readonly rate: number
  /** The beginning of the names of the figures to take; all where absent. */
  readonly only: string | undefined
  readonly signal: AbortSignal
  readonly announce: (text: string) => void
  readonly found: (outcome: Outcome) => void
}

interface Measurement {
  /** Names of the figures that it gives. */
  readonly figures: readonly string[]
  take(context: BenchContext, loads: Loads): Promise<readonly Outcome[]>
}

const MEASUREMENTS: readonly Measurement[] = [
  { figures: ['mapping'], take: async (context) => measureMapping(context) },
  {
    figures: ['folds.stream'],
    take: async (context, { stream }) => [await measureFolds('folds.stream', context, await stream())],
  },
  {
    figures: ['folds.back-fill'],
    take: async (context, { year }) => [await measureFolds('folds.back-fill', context, await year())],
  },
  {
    figures: ['path.embedded'],
    take: async (context, { stream }) => [await measurePath('path.embedded', context, await stream())],
  },
  {
    figures: ['path.back-fill'],
    take: async (context, { year }) => [await measurePath('path.back-fill', context, await year())],
  },
  { figures: ['path.kafka'], take: measureKafkaPath },
  { figures: ['kafka-streams'], take: measureKafkaStreams },
  { figures: ['file.rows', 'file.memory'], take: measureRows },
  { figures: ['latency.event-to-log', 'latency.event-to-risk', 'latency.event-to-board'], take: measureLatency },
  { figures: ['correction'], take: measureCorrection },
  { figures: ['growth'], take: measureGrowth },
  { figures: ['resume.p50', 'resume.p99', 'resume.catch-up'], take: measureResume },
  { figures: ['snapshots.whole', 'snapshots.changes'], take: measureSnapshots },
  ...SIZES,
  ...MORE_INDICATORS,
  ...[1, 2, 3, 4].map(
    (count): Measurement => ({
      figures: [`processes.${count}`],
      take: async (context, loads) => measureCarriers(count, context, loads),
    }),
  ),
  { figures: ['mqtt.qos1'], take: measureMqtt },
  { figures: ['startup', 'startup.first-board', 'memory'], take: measureStartup },
  { figures: ['devices.hj212', 'devices.hj212.p99'], take: measureDevices },
  { figures: ['devices.sip.register', 'devices.sip.keepalive', 'devices.sip.alarm'], take: measureSip },
]

/** One measurement after the other, each with private parts in temporary folders that are gone at the end. */
export async function runBench(options: BenchOptions): Promise<void> {
  const wanted = MEASUREMENTS.filter(
    ({ figures }) => options.only === undefined || figures.some((figure) => figure.startsWith(options.only ?? '')),
  )
  const folder = mkdtempSync(join(tmpdir(), 'fengsui-bench-'))
  const prepared = new Map<string, Promise<Prepared>>()
  try {
    for (const { take } of wanted) {
      const lifecycle = createLifecycle()
      const context: BenchContext = { ...options, folder, lifecycle }
      const once = (name: string, prepare: (context: BenchContext) => Promise<Prepared>) => () => {
        const load = prepared.get(name) ?? prepare(context)
        prepared.set(name, load)
        return load
      }
      const loads: Loads = { stream: once('stream', prepareStream), year: once('year', prepareYear) }
      try {
        for (const outcome of await take(context, loads)) options.found(outcome)
      } finally {
        await lifecycle.stop()
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
