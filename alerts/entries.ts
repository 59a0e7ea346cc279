import type { SealedPeriod } from '../core/cells.ts'
import type { Decision } from '../core/decision.ts'
import type { LogBatch } from '../core/event-log.ts'
import type { RiskPoint } from '../core/risk.ts'
import type { AlertEntries } from './alert-fold.ts'

/** The lines of a batch of one of the three topics that the fold reads. Lines of our own log: one that is no JSON is a fault. */
export function readEntries(batch: Pick<LogBatch, 'topic' | 'bytes'>): AlertEntries {
  const { topic } = batch
  if (topic === 'signals') return { topic, entries: parseLines<RiskPoint>(batch.bytes) }
  if (topic === 'sealed') return { topic, entries: parseLines<SealedPeriod>(batch.bytes) }
  if (topic === 'decisions') return { topic, entries: parseLines<Decision>(batch.bytes) }
  throw new RangeError(`the alert fold reads no ${topic}`)
}

/** Rows of the table `decisions`. */
export function decisionRows(decisions: readonly Decision[]): readonly object[] {
  return decisions.map((decision) => {
    const { realm, id, type, at } = decision
    return { realm, id, type, at, body: JSON.stringify(decision) }
  })
}

function parseLines<Entry>(bytes: Uint8Array): readonly Entry[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry)
}
