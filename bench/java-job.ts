import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../app/package-root.ts'
import { stopChild } from '../app/supervisor.ts'
import { kafkaVersion } from '../test/support/kafka.ts'
import { type Jars, jarFolder, jarsAvailability, runs } from '../test/support/maven.ts'
import { until } from '../test/support/until.ts'
import type { BenchContext } from './bench.ts'

const SOURCES = join(packageRoot(), 'bench', 'kafka-streams')
const STREAMS: Jars = { name: 'kafka-streams', pom: join(SOURCES, 'pom.xml'), version: kafkaVersion() }
/** The collector that the virtual machine itself chooses for one core, and a heap that is never short. */
const FLAGS = ['-Xms3g', '-Xmx3g', '-XX:+UseSerialGC'] as const
const START_MS = 120_000

export interface JavaJob {
  readonly brokers: readonly string[]
  readonly input: string
  readonly output: string
  readonly policyFile: string
  readonly application: string
  readonly guarantee: 'exactly_once_v2' | 'at_least_once'
}

/** Why the job cannot be run here, with what to install. */
export function javaJobAvailability(): string | undefined {
  if (!runs('javac', '-version')) return 'needs a JDK, 17 or newer: install default-jdk-headless'
  return jarsAvailability(STREAMS)
}

/** Compiles bench/kafka-streams; answers the class path. */
export function compileJavaJob(folder: string): string {
  const classes = join(folder, 'kafka-streams-classes')
  mkdirSync(classes)
  const jars = `${jarFolder(STREAMS)}/*`
  const files = readdirSync(SOURCES).filter((name) => name.endsWith('.java'))
  const words = ['-cp', jars, '-d', classes, ...files.map((name) => join(SOURCES, name))]
  execFileSync('javac', words, { stdio: ['ignore', 'ignore', 'inherit'] })
  return `${jars}:${classes}`
}

/** Starts it and waits until it has its partitions; answers its process number, and how to end it. */
export async function startJavaJob(
  { folder, lifecycle }: BenchContext,
  classPath: string,
  { brokers, input, output, policyFile, application, guarantee }: JavaJob,
): Promise<{ readonly pid: number; readonly stop: () => Promise<void> }> {
  const state = mkdtempSync(join(folder, 'kafka-streams-'))
  const said = join(state, 'output.log')
  const to = openSync(said, 'a')
  const job = [brokers.join(','), input, output, policyFile, application, guarantee, state]
  const child = spawn('java', [...FLAGS, '-cp', classPath, 'RiskJob', ...job], { stdio: ['ignore', to, to] })
  const stop = () => stopChild(child)
  lifecycle.onStop('the job on Kafka Streams', stop)
  const words = () => readFileSync(said, 'utf8')
  const seen = await until(
    'the job on Kafka Streams to run',
    () => (/^running$/m.test(words()) ? 'running' : child.exitCode === null ? undefined : 'ended'),
    START_MS,
  )
  if (seen === 'ended') throw new Error(`the job on Kafka Streams has ended: ${words().slice(-2_000)}`)
  return { pid: child.pid ?? -1, stop }
}
