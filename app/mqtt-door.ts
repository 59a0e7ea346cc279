import { startIngestBroker } from '../adapters/mqtt/ingest-broker.ts'
import { startIngestClient } from '../adapters/mqtt/ingest-client.ts'
import { SPARKPLUG_TOPICS } from '../adapters/mqtt/sparkplug-topics.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { RegisteredFeed, Registry } from '../ingest/registry.ts'
import { listening } from './listening.ts'
import type { RoleContext, RoleReady } from './roles/role.ts'
import { readClientTls, readDoorTls } from './tls-door.ts'

const SENSOR_FEED = 'sensors'
const SENSOR_TOPICS = ['reg/v1/#']

/** The embedded broker; or, where the site has a broker, a subscription to it for every live realm's devices. */
export async function openMqttDoor(context: RoleContext, registry: Registry): Promise<RoleReady> {
  const { config, folder, lifecycle, logger } = context
  const { mqttUrl, mqttPort, host } = config
  const common = {
    clock: systemClock,
    onIgnored: (reason: string) => logger.info({ reason }, 'a message says nothing'),
  }
  const onNotTaken = (error: unknown) => logger.warn({ err: error }, 'a message was not taken')
  if (mqttUrl === undefined) {
    const tls = config.tls && { ...readDoorTls(folder, config.tls), port: config.tls.mqttPort }
    const address = { host, port: mqttPort, ...(tls === undefined ? {} : { tls }) }
    const broker = await listening(mqttPort, () => startIngestBroker({ ...common, registry, ...address, onNotTaken }))
    lifecycle.onStop('the front door for sensors', () => broker.close())
    return { mqtt: broker.url, ...(broker.tlsUrl === undefined ? {} : { mqttTls: broker.tlsUrl }) }
  }
  const tls = readClientTls(config.mqttTls)
  for (const [realm, { clock, intake, feeds }] of registry) {
    if (clock !== 'live') continue
    for (const [name, feed] of feeds) {
      const topics = topicsOf(name, feed)
      if (topics.length === 0) continue
      const clientId = name === SENSOR_FEED ? `fengsui-${realm}` : `fengsui-${realm}-${name}`
      const subscription = { url: mqttUrl, tls, clientId, topics, feed: feed.compiled, intake, onError: onNotTaken }
      const client = await startIngestClient({ ...common, ...subscription })
      lifecycle.onStop('the subscription to devices', () => client.close())
    }
  }
  return { mqtt: withoutCredentials(mqttUrl) }
}

function topicsOf(name: string, { compiled }: RegisteredFeed): readonly string[] {
  if (compiled.policy.format === 'sparkplug') return SPARKPLUG_TOPICS
  return name === SENSOR_FEED ? SENSOR_TOPICS : []
}

/** What is announced and logged must not carry a password. */
function withoutCredentials(address: string): string {
  const url = new URL(address)
  url.username = ''
  url.password = ''
  return url.href
}
