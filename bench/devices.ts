import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { EventLog } from '../core/event-log.ts'
import { SHARDS } from '../core/shard.ts'
import type { BenchContext } from './bench.ts'
import type { DoorResult, DoorTask } from './device-door-worker.ts'
import { VALUES_A_FRAME } from './device-frames.ts'
import type { StormResult, StormTask } from './device-storm-worker.ts'
import { figureOf, type Outcome } from './figure.ts'
import { freshParts } from './parts.ts'
import { startWorker } from './workers.ts'

const DEVICES = 5_000
const SET = 'city'
const REALM = 'city'
const FEED = 'hj212'
/** Frames that a device gathers for each second that the stretch should take. */
const GATHERED_A_SECOND = 0.5

interface Run {
  readonly storm: StormResult
  readonly framesPerSecond: number
  readonly inLog: number
  readonly cpu: string
  readonly memory: DoorResult
}

/** 5,000 devices on one port that all come back at once with what they gathered, against a door that keeps nothing. */
export async function measureDevices(context: BenchContext): Promise<readonly Outcome[]> {
  const backlog = Math.max(2, Math.round(context.seconds * GATHERED_A_SECOND))
  context.announce(`devices.hj212: the floor, ${DEVICES} devices with ${backlog} frames each`)
  const floor = await runStorm(context, backlog, true)
  context.announce('devices.hj212: the door')
  const door = await runStorm(context, backlog, false)
  const { storm } = door
  // Each device has reported once before the storm.
  const answered = storm.answered + DEVICES
  const isWhole = door.inLog === answered * VALUES_A_FRAME
  const remark =
    `${DEVICES} devices, ${backlog} frames each, ${VALUES_A_FRAME} values a frame; ${answered} frames answered, ` +
    `${door.inLog} observations in the log; p99 of connecting ${Math.round(storm.connectP99Ms)} ms, of a device's first answer ${Math.round(storm.firstAnswerP99Ms)} ms, ${storm.reconnects} came back twice; ` +
    `processor seconds: ${door.cpu}; floor: ${floor.cpu}; ${memoryOf(door.memory)}; floor: ${memoryOf(floor.memory)}`
  return [
    figureOf({
      figure: 'devices.hj212',
      value: door.framesPerSecond,
      unit: 'frames/s',
      floor: { value: floor.framesPerSecond, unit: 'frames/s' },
      bar: { text: 'everything answered is in the log', meets: isWhole },
      remark,
    }),
    figureOf({
      figure: 'devices.hj212.p99',
      value: storm.p99Ms,
      unit: 'ms',
      floor: { value: floor.storm.p99Ms, unit: 'ms' },
      remark: `from sending a frame until its answer; p50 ${Math.round(storm.p50Ms)} ms, of the floor ${Math.round(floor.storm.p50Ms)} ms`,
    }),
  ]
}

function memoryOf({ peakMebibytes, inUseMebibytes, leftMebibytes }: DoorResult): string {
  const [peak, inUse, left] = [peakMebibytes, inUseMebibytes, leftMebibytes].map(Math.round)
  return `at most ${peak} MiB resident, ${inUse} MiB in use halfway and ${left} MiB when all was answered`
}

async function runStorm(context: BenchContext, backlog: number, isFloor: boolean): Promise<Run> {
  const parts = await freshParts(context)
  try {
    await parts.ports.log.ends('observations', REALM)
    const port = await freePort()
    const frames = DEVICES * (backlog + 1)
    const place = { config: parts.config, policies: context.policies, set: SET, feed: FEED, port }
    const door = await startWorker<DoorTask, DoorResult>(
      'device-door-worker',
      { ...place, isFloor, frames },
      parts.lifecycle,
    )
    const devices = await startWorker<StormTask, StormResult>(
      'device-storm-worker',
      { port, devices: DEVICES, backlog },
      parts.lifecycle,
    )
    const [kept, sent] = await Promise.all([door.go(), devices.go()])
    const { result: storm } = sent
    if (storm === undefined || kept.result === undefined) throw new Error('a worker has found nothing')
    return {
      storm,
      framesPerSecond: storm.answered / storm.seconds,
      inLog: await countLines(parts.ports.log),
      cpu: `door ${kept.cpuSeconds.toFixed(1)}, devices ${sent.cpuSeconds.toFixed(1)} in ${storm.seconds.toFixed(1)} s`,
      memory: kept.result,
    }
  } finally {
    await parts.stop()
  }
}

/** Observations of the realm that the log holds. */
export async function countLines(log: EventLog): Promise<number> {
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const reader = await log.reader({ topic: 'observations', realm: REALM, shards, after: new Map(), maxBytes: 1 << 24 })
  let lines = 0
  for (;;) {
    const batches = await reader.poll(0)
    if (batches.length === 0) break
    for (const { count } of batches) lines += count
  }
  await reader.close()
  return lines
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
