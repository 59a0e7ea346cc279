import { createKafkaEventLog } from '../../adapters/kafka/event-log.ts'
import { kafkaAvailability, startKafka } from '../support/kafka.ts'
import { describeEventLog } from './event-log.contract.ts'

async function start() {
  const kafka = await startKafka()
  const clock = { now: () => performance.now() }
  const open = () => createKafkaEventLog({ brokers: kafka.brokers, replicationFactor: 1, clock })
  return { open, crash: kafka.crash, stop: kafka.stop }
}

describeEventLog('the event log on Kafka', start, kafkaAvailability(), 120_000)
