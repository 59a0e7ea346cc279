import { setTimeout as delay } from 'node:timers/promises'
import { processed } from '../app/caught-up.ts'
import { type BenchContext, PATH_BAR, SET } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import type { FloorTask } from './floor-writer.ts'
import type { IntakeTask } from './intake-worker.ts'
import { freshParts } from './parts.ts'
import type { Prepared } from './prepared.ts'
import { cpuSecondsOf } from './processes.ts'
import { startRoles } from './roles.ts'
import { startWorker } from './workers.ts'

const SETTLED_EVERY_MS = 25

export interface Run {
  readonly perSecond: number
  /** Processor time by process. */
  readonly cpu: string
}

/** From bytes to scores in the history, against the same bytes through the same log into the same table. */
export async function measurePath(
  figure: string,
  context: BenchContext,
  prepared: Prepared,
  environment: Readonly<Record<string, string>> = {},
): Promise<Figure> {
  context.announce(`${figure}: the floor`)
  const floor = await runFloor(context, prepared, environment)
  context.announce(`${figure}: the path`)
  const path = await runPath(context, prepared, environment)
  return figureOf({
    figure,
    value: path.perSecond,
    unit: 'observations/s',
    floor: { value: floor.perSecond, unit: 'observations/s' },
    bar: {
      text: `half of the floor and ${PATH_BAR} observations/s`,
      meets: path.perSecond >= PATH_BAR && path.perSecond >= floor.perSecond / 2,
    },
    remark: `${prepared.observations} observations of ${prepared.enterprises} enterprises; processor seconds: ${path.cpu}; floor: ${floor.cpu}`,
  })
}

async function runFloor(
  context: BenchContext,
  { batches, observations, realm }: Prepared,
  environment: Readonly<Record<string, string>>,
): Promise<Run> {
  const parts = await freshParts(context, environment)
  try {
    // Makes the topics where they have to be made, so that this is not measured.
    await parts.ports.log.ends('observations', realm)
    const task: FloorTask = { config: parts.config, realm, batches, observations }
    const reader = await startWorker<FloorTask, undefined>('floor-reader', task, parts.lifecycle)
    const writer = await startWorker<FloorTask, undefined>('floor-writer', task, parts.lifecycle)
    return await measured(observations, parts.pids, async () => {
      const [read, written] = await Promise.all([reader.go(), writer.go()])
      return { writer: written.cpuSeconds, reader: read.cpuSeconds }
    })
  } finally {
    await parts.stop()
  }
}

/** `carriers`: the shards of each process of processors. */
export async function runPath(
  context: BenchContext,
  { stock, bodies, observations, realm }: Prepared,
  environment: Readonly<Record<string, string>>,
  carriers: readonly string[] = ['0-63'],
): Promise<Run> {
  const parts = await freshParts(context, environment)
  try {
    await parts.ports.log.ends('observations', realm)
    const started = await Promise.all(
      carriers.map((shards) => startRoles(context, parts, [['process']], { FENGSUI_SHARDS: shards })),
    )
    // Readiness is said before the realm is taken up.
    await delay(1_000, undefined, { signal: context.signal })
    const processors = started.map(({ roles }, index) => [`processors ${carriers[index]}`, roles[0]?.pid()])
    const task: IntakeTask = {
      config: parts.config,
      policies: context.policies,
      set: SET,
      stock: stock?.bodies,
      bodies,
    }
    const settled = () =>
      processed(
        parts.ports,
        realm,
        AbortSignal.any([context.signal, ...started.map(({ death }) => death)]),
        SETTLED_EVERY_MS,
      )
    const writer = await startWorker<IntakeTask, undefined>('intake-worker', task, parts.lifecycle)
    if (stock !== undefined) await settled()
    const work = async () => {
      const { cpuSeconds } = await writer.go()
      await settled()
      return { intake: cpuSeconds }
    }
    return await measured(observations, { ...Object.fromEntries(processors), ...parts.pids }, work)
  } finally {
    await parts.stop()
  }
}

/** `work` answers the processor seconds of the workers, which have ended by then. */
async function measured(
  observations: number,
  processes: Readonly<Record<string, number | undefined>>,
  work: () => Promise<Readonly<Record<string, number>>>,
): Promise<Run> {
  const cpuNow = () => Object.values(processes).map((pid) => (pid === undefined ? undefined : cpuSecondsOf(pid)))
  const before = cpuNow()
  const began = performance.now()
  const ofWorkers = await work()
  const seconds = (performance.now() - began) / 1000
  const used = cpuNow().map((now, index) => (now ?? Number.NaN) - (before[index] ?? Number.NaN))
  const all = [
    ...Object.entries(ofWorkers),
    ...Object.keys(processes).map((name, index) => [name, used[index] ?? 0] as const),
  ]
  const cpu = all.map(([name, value]) => `${name} ${value.toFixed(1)}`)
  const sum = all.reduce((total, [, value]) => total + value, 0)
  return {
    perSecond: observations / seconds,
    cpu: `${cpu.join(', ')}; together ${sum.toFixed(1)} in ${seconds.toFixed(1)} s`,
  }
}
