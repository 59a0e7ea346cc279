import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { createKafkaEventLog } from '../adapters/kafka/event-log.ts'
import { topicName } from '../adapters/kafka/message.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { loadPolicySet } from '../app/policies.ts'
import { type EventLog, type OutgoingBatch, shardCountOf } from '../core/event-log.ts'
import { type KafkaProcess, kafkaAvailability, startKafka } from '../test/support/kafka.ts'
import { type BenchContext, SET } from './bench.ts'
import { commonJob } from './common-job.ts'
import type { CommonJobResult, CommonJobTask } from './common-job-worker.ts'
import { type Figure, figureOf, type Outcome } from './figure.ts'
import { compileJavaJob, type JavaJob, javaJobAvailability, startJavaJob } from './java-job.ts'
import { readAppends } from './micro-batches.ts'
import { canPin, pin } from './pinned.ts'
import type { Loads, Prepared } from './prepared.ts'
import { cpuSecondsOf } from './processes.ts'
import { compareSaid, type Said, saidByFengsui, saidByStreams } from './said-points.ts'
import { startWorker } from './workers.ts'

const LOOK_MS = 50
const COMMITS = 'a commit every second'
/** Of the live hours, what both are warmed with. */
const WARM_SHARE = 1 / 3
const BATCHES_AT_ONCE = 1_000

/** One engine at work on one topic. */
interface Engine {
  readonly pid: number
  /** Resolves when all that is in its topic is folded, said and committed, to what is to be told of it. */
  readonly settled: () => Promise<string>
  readonly stop: () => Promise<void>
}

interface Run {
  readonly perSecond: number
  readonly perCpuSecond: number
  readonly words: string
}

interface Load {
  readonly warm: readonly OutgoingBatch[]
  readonly measured: readonly OutgoingBatch[]
  readonly observations: number
}

/** The same job on Kafka Streams and here, Kafka to Kafka, one thread and one core each; what they say must be the same. */
export async function measureKafkaStreams(context: BenchContext, { stream }: Loads): Promise<readonly Outcome[]> {
  const missing = kafkaAvailability() ?? javaJobAvailability()
  if (missing !== undefined) return [{ figure: 'kafka-streams', skipped: missing }]
  const load = loadOf(await stream())
  const broker = await startKafka()
  context.lifecycle.onStop('the broker', () => broker.stop())
  const log = createKafkaEventLog({ brokers: broker.brokers, replicationFactor: 1, clock: systemClock })
  context.lifecycle.onStop('the log', () => log.close())
  const { realm } = loadPolicySet(context.policies, SET).realm

  context.announce('kafka-streams: here')
  const ours = await measured(broker, log, realm, load, () => startOurs(context, broker))
  const said = await saidByFengsui(log, realm)
  const classPath = compileJavaJob(context.folder)
  const theirs: [name: string, run: Run, equal: string][] = []
  for (const guarantee of ['exactly_once_v2', 'at_least_once'] as const) {
    context.announce(`kafka-streams: ${guarantee}`)
    const named = guarantee.replaceAll('_', '-')
    const run = await measured(broker, log, named, load, () => startTheirs(context, broker, classPath, guarantee))
    theirs.push([named, run, compare(said, await saidByStreams(broker.brokers, outputOf(guarantee), said.length))])
  }
  return figuresOf(ours, theirs)
}

function loadOf({ stock, batches }: Prepared): Load {
  const observationsIn = (path: string) => [...readAppends(path)].map((append) => append.filter(isObservations))
  const live = observationsIn(batches)
  const cut = Math.floor(live.length * WARM_SHARE)
  const measured = live.slice(cut).flat()
  return {
    warm: [...(stock === undefined ? [] : observationsIn(stock.batches)), ...live.slice(0, cut)].flat(),
    measured,
    observations: measured.reduce((sum, { count }) => sum + count, 0),
  }
}

const isObservations = ({ topic }: OutgoingBatch) => topic === 'observations'

async function startOurs(context: BenchContext, { brokers }: KafkaProcess): Promise<Engine> {
  const { policies, folder, lifecycle } = context
  const task: CommonJobTask = { brokers, policies, set: SET, folder: join(folder, 'common-job') }
  const worker = await startWorker<CommonJobTask, CommonJobResult>('common-job-worker', task, lifecycle)
  const settled = async () => `${(await worker.go()).result?.snapshots} snapshots of shards fell due`
  return { pid: worker.pid, settled, stop: async () => undefined }
}

const outputOf = (guarantee: JavaJob['guarantee']) => `kafka-streams.${guarantee}`

async function startTheirs(
  context: BenchContext,
  { brokers }: KafkaProcess,
  classPath: string,
  guarantee: JavaJob['guarantee'],
): Promise<Engine> {
  const policyFile = join(context.folder, 'common-job.json')
  writeFileSync(policyFile, JSON.stringify(commonJob(loadPolicySet(context.policies, SET).realm)))
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  context.lifecycle.onStop('the admin of the job on Kafka Streams', () => admin.disconnect())
  const input = topicName(guarantee.replaceAll('_', '-'), 'observations')
  const output = outputOf(guarantee)
  // What is said bears the time of the city: the broker would take it for months old and drop it half a minute later.
  const configEntries = [{ name: 'retention.ms', value: '-1' }]
  await admin.createTopics({ topics: [{ topic: output, numPartitions: shardCountOf('signals'), configEntries }] })
  const application = `risk.${guarantee}`
  const job: JavaJob = { brokers, input, output, policyFile, application, guarantee }
  const { pid, stop } = await startJavaJob(context, classPath, job)

  /** Both know a partition by the offset at which reading goes on. */
  async function settled(): Promise<string> {
    for (;;) {
      const ends = new Map((await admin.fetchTopicOffsets(input)).map(({ partition, high }) => [partition, high]))
      const [committed] = await admin.fetchOffsets({ groupId: application, topics: [input] })
      if (committed?.partitions.every(({ partition, offset }) => offset === ends.get(partition))) return COMMITS
      await delay(LOOK_MS, undefined, { signal: context.signal })
    }
  }
  await settled()
  return { pid, settled, stop }
}

/**
 * The warm part is folded first. Then the engine stands still while the rest is written, so that what is measured is the
 * engine and no sender.
 */
async function measured(
  broker: KafkaProcess,
  log: EventLog,
  realm: string,
  load: Load,
  start: () => Promise<Engine>,
): Promise<Run> {
  await write(log, realm, load.warm)
  const engine = await start()
  const pinned = canPin()
  if (pinned) {
    pin(broker.pid(), 0)
    pin(engine.pid, 1)
  }
  process.kill(engine.pid, 'SIGSTOP')
  await write(log, realm, load.measured)
  const cpuNow = () => [engine.pid, broker.pid()].map((pid) => cpuSecondsOf(pid) ?? Number.NaN)
  const before = cpuNow()
  const began = performance.now()
  process.kill(engine.pid, 'SIGCONT')
  const told = await engine.settled()
  const seconds = (performance.now() - began) / 1000
  const [own = Number.NaN, ofBroker = Number.NaN] = cpuNow().map((now, index) => now - (before[index] ?? Number.NaN))
  await engine.stop()
  return {
    perSecond: load.observations / seconds,
    perCpuSecond: load.observations / own,
    words: `${load.observations} observations in ${seconds.toFixed(1)} s; processor seconds: ${own.toFixed(1)}, broker ${ofBroker.toFixed(1)}; ${told}${pinned ? '' : '; not pinned'}`,
  }
}

async function write(log: EventLog, realm: string, batches: readonly OutgoingBatch[]): Promise<void> {
  for (let at = 0; at < batches.length; at += BATCHES_AT_ONCE) {
    await log.append(batches.slice(at, at + BATCHES_AT_ONCE).map((batch) => ({ ...batch, realm })))
  }
}

/** Errors: names the first point in which they differ. */
function compare(ours: readonly Said[], theirs: readonly Said[]): string {
  const { compared, leftOut, difference } = compareSaid(ours, theirs)
  if (difference !== undefined) throw new Error(`Kafka Streams says something else: ${difference}`)
  return `${compared} points the same, those of ${leftOut} enterprises whose past was corrected not compared`
}

function figuresOf(ours: Run, theirs: readonly [name: string, run: Run, equal: string][]): Figure[] {
  const unit = 'observations/s'
  return [
    figureOf({ figure: 'kafka-streams.fengsui', value: ours.perSecond, unit, remark: ours.words }),
    ...theirs.flatMap(([name, run, equal]) => [
      figureOf({ figure: `kafka-streams.${name}`, value: run.perSecond, unit, remark: `${run.words}; ${equal}` }),
      figureOf({
        figure: `kafka-streams.${name}.ratio`,
        value: ours.perSecond / run.perSecond,
        unit: '×',
        remark: `here to Kafka Streams by wall time; ${(ours.perCpuSecond / run.perCpuSecond).toPrecision(3)} by processor seconds`,
      }),
    ]),
  ]
}
