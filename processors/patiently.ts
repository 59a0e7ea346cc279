import type { EventLog, LogBatch, LogReader, Position, Topic } from '../core/event-log.ts'

export interface PatientPorts {
  readonly log: EventLog
  /** Runs the work again while it fails with `Retryable`; anything else propagates. */
  readonly retry: (work: () => Promise<void>) => Promise<void>
}

/** A log that cannot be reached is waited for: positions are kept, nothing is lost by it. */
export async function patiently<Value>(
  { retry }: Pick<PatientPorts, 'retry'>,
  work: () => Promise<Value>,
): Promise<Value> {
  const values: Value[] = []
  await retry(async () => {
    values[0] = await work()
  })
  return values[0] as Value
}

/** Reads a topic of one stream up to where it ends now; `from` is what had been read before. */
export async function readToEnd(
  ports: PatientPorts,
  reader: LogReader,
  { topic, realm, from = '' }: { readonly topic: Topic; readonly realm: string; readonly from?: Position },
  signal: AbortSignal,
  take: (batch: LogBatch) => void,
): Promise<void> {
  const end = (await patiently(ports, () => ports.log.ends(topic, realm))).get(0)
  let position = from
  while (end !== undefined && position < end && !signal.aborted) {
    for (const batch of await patiently(ports, () => reader.poll(500))) {
      take(batch)
      position = batch.position
    }
  }
}
