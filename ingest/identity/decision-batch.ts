import type { Decision } from '../../core/decision.ts'
import type { OutgoingBatch } from '../../core/event-log.ts'

/** A decision as it is appended to the log. */
export function decisionBatch(decision: Decision): OutgoingBatch {
  const bytes = Buffer.from(`${JSON.stringify(decision)}\n`)
  return { topic: 'decisions', realm: decision.realm, shard: 0, count: 1, bytes, progress: [], bulk: false }
}
