import { kafkaAvailability, startKafka } from '../test/support/kafka.ts'
import type { BenchContext } from './bench.ts'
import type { Outcome } from './figure.ts'
import { measurePath } from './path.ts'
import type { Loads } from './prepared.ts'

const FIGURE = 'path.kafka'

/** The same path and the same floor over a real broker on this machine. */
export async function measureKafkaPath(context: BenchContext, { stream }: Loads): Promise<readonly Outcome[]> {
  const missing = kafkaAvailability()
  if (missing !== undefined) return [{ figure: FIGURE, skipped: missing }]
  const prepared = await stream()
  const kafka = await startKafka()
  context.lifecycle.onStop('the broker', () => kafka.stop())
  const environment = { FENGSUI_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') }
  return [await measurePath(FIGURE, context, prepared, environment)]
}
