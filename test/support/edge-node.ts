import { connectAsync, type MqttClient } from 'mqtt'
import type { UMetric } from 'sparkplug-payload/lib/sparkplugbpayload.js'
import { bdSeq, decodeTahu, sparkplugPayload } from './sparkplug.ts'

/** An edge node of Sparkplug B as gateways are: its death is its will, and it answers a rebirth command with its births. */
export interface EdgeNode {
  readonly client: MqttClient
  /** Names of the metrics of the commands that it was given. */
  readonly commands: string[]
  /** What it was told of the host. */
  readonly states: string[]
  birth(): Promise<void>
  /** The next message; `skip` numbers are lost on their way. */
  data(metrics: UMetric[], skip?: number): Promise<void>
}

export interface EdgeNodeOptions {
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly node: string
  readonly device: string
  readonly now: number
  readonly nodeMetrics: UMetric[]
  readonly deviceMetrics: UMetric[]
}

export async function startEdgeNode(options: EdgeNodeOptions): Promise<EdgeNode> {
  const { url, node, device, now, username, password } = options
  const topic = (verb: string) => `spBv1.0/ecology/${verb}/${node}`
  let seq = 0
  const client = await connectAsync(
    url,
    {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      reconnectPeriod: 0,
      will: {
        topic: topic('NDEATH'),
        payload: sparkplugPayload({ timestamp: now, metrics: [bdSeq(1)] }),
        qos: 1,
        retain: false,
      },
    },
    false,
  )
  const commands: string[] = []
  const states: string[] = []
  const next = () => seq++ % 256
  async function birth(): Promise<void> {
    seq = 0
    const metrics = [bdSeq(1), ...options.nodeMetrics]
    await client.publishAsync(topic('NBIRTH'), sparkplugPayload({ timestamp: now, seq: next(), metrics }))
    const ofDevice = sparkplugPayload({ timestamp: now, seq: next(), metrics: options.deviceMetrics })
    await client.publishAsync(`${topic('DBIRTH')}/${device}`, ofDevice)
  }
  client.on('message', (heard, payload) => {
    if (heard.includes('STATE/')) {
      states.push(payload.toString())
      return
    }
    for (const { name } of decodeTahu(payload).metrics ?? []) if (typeof name === 'string') commands.push(name)
    void birth()
  })
  await client.subscribeAsync([`${topic('NCMD')}/#`, 'spBv1.0/STATE/+'], { qos: 1 })
  return {
    client,
    commands,
    states,
    birth,
    async data(metrics, skip = 0) {
      seq += skip
      const payload = sparkplugPayload({ timestamp: now, seq: next(), metrics })
      await client.publishAsync(`${topic('DDATA')}/${device}`, payload, { qos: 1 })
    },
  }
}
