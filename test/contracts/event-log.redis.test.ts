import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { withRedis } from '../support/embedded.ts'
import { describeEventLog } from './event-log.contract.ts'

async function start() {
  const redis = await withRedis({ appendfsync: 'always', maxMemoryBytes: 512 * 1024 * 1024 })
  const open = () => createRedisEventLog({ redis: redis.options, maxBytesHeld: 256 * 1024 * 1024 })
  const crash = async () => {
    await redis.kill()
    await redis.restart()
  }
  return { open, crash, stop: redis.stop }
}

describeEventLog('the event log on Redis Streams', start, undefined, 20_000)
