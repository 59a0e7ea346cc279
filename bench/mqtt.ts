import { createServer } from 'node:net'
import { systemClock } from '../adapters/system-clock.ts'
import { loadPolicySet } from '../app/policies.ts'
import { SHARDS } from '../core/shard.ts'
import { type BenchContext, SET } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import type { MqttDoorTask } from './mqtt-door.ts'
import type { MqttSenderTask, MqttSent } from './mqtt-sender.ts'
import { type FreshParts, freshParts } from './parts.ts'
import { startWorker } from './workers.ts'

const CONNECTIONS = 50
const IN_FLIGHT = 50
/** About what two cores take in a second, so that the stretch takes about as long as was asked for. */
const RATE = 30_000
const KEY = 'bench'
const AGE_MS = 6 * 3_600_000

interface Run {
  readonly perSecond: number
  readonly cpu: string
}

/** Readings at QoS 1 from many gateways at once until each is acknowledged, and so durable in the log. */
export async function measureMqtt(context: BenchContext): Promise<readonly Figure[]> {
  const messages = Math.ceil((RATE * context.seconds) / CONNECTIONS)
  const run = async (empty: boolean) => {
    context.announce(`mqtt.qos1: ${empty ? 'the floor' : 'the door'}`)
    return measureDoor(context, empty, messages)
  }
  const floor = await run(true)
  const door = await run(false)
  return [
    figureOf({
      figure: 'mqtt.qos1',
      value: door.perSecond,
      unit: 'messages/s',
      floor: { value: floor.perSecond, unit: 'messages/s' },
      bar: { text: 'half of the floor, nothing acknowledged lost', meets: door.perSecond >= floor.perSecond / 2 },
      remark: `${messages * CONNECTIONS} readings of ${CONNECTIONS} gateways, ${IN_FLIGHT} unacknowledged each, all acknowledged and all in the log; processor seconds: ${door.cpu}; floor: ${floor.cpu}`,
    }),
  ]
}

async function measureDoor(context: BenchContext, empty: boolean, messages: number): Promise<Run> {
  const parts = await freshParts(context)
  try {
    const port = await freePort()
    const { realm } = loadPolicySet(context.policies, SET).realm
    const common = { port, config: parts.config, policies: context.policies, set: SET, key: KEY }
    const all = messages * CONNECTIONS
    const doorTask: MqttDoorTask = { ...common, empty, messages: all }
    const door = await startWorker<MqttDoorTask, undefined>('mqtt-door', doorTask, parts.lifecycle)
    const sender = await startWorker<MqttSenderTask, MqttSent>(
      'mqtt-sender',
      {
        port,
        username: `${realm}/sensors`,
        password: KEY,
        connections: CONNECTIONS,
        inFlight: IN_FLIGHT,
        messages,
        from: systemClock.now() - AGE_MS,
      },
      parts.lifecycle,
    )
    const [sent, taken] = await Promise.all([sender.go(), door.go()])
    if (sent.result?.acknowledged !== all) throw new Error('not all messages were acknowledged')
    if (!empty) await verifyLogged(parts, realm, all)
    return {
      perSecond: all / sent.result.seconds,
      cpu: `door ${taken.cpuSeconds.toFixed(1)}, sender ${sent.cpuSeconds.toFixed(1)}, ${sent.result.seconds.toFixed(1)} s`,
    }
  } finally {
    await parts.stop()
  }
}

/** Every reading has a time of its own, so that each is an observation: what was acknowledged must be in the log. */
async function verifyLogged({ ports }: FreshParts, realm: string, expected: number): Promise<void> {
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const reader = await ports.log.reader({ topic: 'observations', realm, shards, after: new Map(), maxBytes: 1 << 24 })
  let logged = 0
  for (;;) {
    const batches = await reader.poll(0)
    if (batches.length === 0) break
    for (const { count } of batches) logged += count
  }
  await reader.close()
  if (logged !== expected) throw new Error(`${expected} readings were acknowledged, the log holds ${logged}`)
}

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port on the loopback')
  return address.port
}
