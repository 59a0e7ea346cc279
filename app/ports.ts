import { join } from 'node:path'
import { openHistory } from '../adapters/clickhouse/migrate.ts'
import { createSnapshots } from '../adapters/clickhouse/snapshots.ts'
import { createRedisPresent } from '../adapters/redis/present.ts'
import { createRedisEventLog, type RedisEventLog } from '../adapters/redis-streams/event-log.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { EventLog } from '../core/event-log.ts'
import type { History } from '../core/history.ts'
import type { Present } from '../core/present.ts'
import type { Snapshots } from '../core/snapshots.ts'
import type { Addresses } from './addresses.ts'
import type { Config } from './config.ts'
import type { Lifecycle } from './lifecycle.ts'
import { MIGRATIONS, packageRoot } from './package-root.ts'
import type { Retry } from './retry.ts'

/** The ports every role uses, opened once and closed by the lifecycle in the opposite order. */
export interface Ports {
  readonly log: EventLog
  /** The log's Redis, where it is the log: ingest commits its index in the same transaction. */
  readonly redisLog: RedisEventLog
  readonly history: History
  readonly present: Present
  readonly snapshots: Snapshots
}

/** `retry`: a role waits for a history that is on its way back, and takes long to open; a command says that it is away. */
export async function openPorts(
  config: Config,
  addresses: Addresses,
  lifecycle: Lifecycle,
  onFault: (error: Error) => void,
  retry: Retry = (work) => work(),
): Promise<Ports> {
  const redisLog = createRedisEventLog({
    redis: addresses.logRedis,
    maxBytesHeld: config.logBoundBytes,
    onConnectionError: onFault,
  })
  lifecycle.onStop('the log', () => redisLog.close())
  const log = config.log === 'redis' ? redisLog : await openKafka(config, lifecycle)
  const present = createRedisPresent({ redis: addresses.presentRedis, onFault })
  lifecycle.onStop('the present', () => present.close())
  const history = await opened(retry, () => openHistory(addresses.history, join(packageRoot(), ...MIGRATIONS)))
  lifecycle.onStop('the history', () => history.close())
  return { log, redisLog, history, present, snapshots: createSnapshots(history, systemClock) }
}

async function opened(retry: Retry, open: () => Promise<History>): Promise<History> {
  let history: History | undefined
  await retry(async () => {
    history = await open()
  })
  if (history === undefined) throw new Error('a history that was opened and is not there')
  return history
}

async function openKafka(config: Config, lifecycle: Lifecycle): Promise<EventLog> {
  // Read where it is wanted: a tenth of a second for every process that does without.
  const { createKafkaEventLog } = await import('../adapters/kafka/event-log.ts')
  const log = createKafkaEventLog({
    brokers: config.kafkaBrokers,
    replicationFactor: config.kafkaReplication,
    maxBytesHeld: config.logBoundBytes,
    clock: systemClock,
  })
  lifecycle.onStop('the Kafka log', () => log.close())
  return log
}
