import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { packageRoot } from '../../app/package-root.ts'
import { type Jars, jarFolder, jarsAvailability } from './maven.ts'
import { freePorts } from './ports.ts'

/** The newest that kafkajs and JDK 17 get on with; 3.9.2, the last that old sites run, is tried with KAFKA_VERSION. */
const DEFAULT_VERSION = '4.4.0'
const BROKER: Jars = {
  name: 'kafka',
  pom: join(packageRoot(), 'test', 'support', 'kafka', 'pom.xml'),
  version: kafkaVersion(),
}
const START_MS = 60_000

/** A real broker (KRaft, one node, loopback) on files of its own. */
export interface KafkaProcess {
  readonly brokers: readonly string[]
  /** Of the process that runs now. */
  pid(): number
  /** kill -9, and start again on the same files and ports. */
  crash(): Promise<void>
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Why no Kafka can be started here, with what to install; undefined where one can. The first call downloads the jars. */
export function kafkaAvailability(): string | undefined {
  return jarsAvailability(BROKER)
}

export async function startKafka(): Promise<KafkaProcess> {
  const unavailable = kafkaAvailability()
  if (unavailable !== undefined) throw new Error(unavailable)
  const folder = await mkdtemp(join(tmpdir(), 'fengsui-kafka-'))
  const brokerPort = await freePorts(2)
  const controllerPort = brokerPort + 1
  const address = `127.0.0.1:${brokerPort}`
  const settings = join(folder, 'server.properties')
  const output = join(folder, 'output.log')
  await writeFile(settings, serverProperties(folder, brokerPort, controllerPort))
  const classPath = `${jarFolder(BROKER)}/*`
  const java = ['-Xmx512m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath]
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'ZmVuZ3N1aS10ZXN0LWxvZw', '-c', settings]
  execFileSync('java', [...java, ...format], { stdio: ['ignore', 'ignore', openSync(output, 'a')] })
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const log = openSync(output, 'a')
    const started = spawn('java', [...java, 'kafka.Kafka', settings], { stdio: ['ignore', log, log], cwd: folder })
    child = started
    const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin()
    for (const until = performance.now() + START_MS; performance.now() < until; await sleep(100)) {
      if (started.exitCode !== null) break
      try {
        await admin.connect()
        await admin.listTopics()
        await admin.disconnect()
        return
      } catch {
        // Not yet up: asked again until START_MS has passed.
      }
    }
    throw new Error(`Kafka did not start: ${readFileSync(output, 'utf8').slice(-3_000)}`)
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  await start()
  return {
    brokers: [address],
    pid: () => child?.pid ?? -1,
    start,
    kill,
    async crash() {
      await kill()
      await start()
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function serverProperties(folder: string, brokerPort: number, controllerPort: number): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${brokerPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${brokerPort}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${join(folder, 'data')}`,
    'auto.create.topics.enable=false',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'broker.heartbeat.interval.ms=200',
    'broker.session.timeout.ms=1000',
    'message.max.bytes=10485760',
    'log.index.size.max.bytes=262144',
    'num.network.threads=1',
    'num.io.threads=2',
    'log.cleaner.enable=false',
    '',
  ].join('\n')
}

export function kafkaVersion(): string {
  return process.env.KAFKA_VERSION ?? DEFAULT_VERSION
}
