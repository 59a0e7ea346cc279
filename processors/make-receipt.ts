import type { RestatedPeriod, SealedPeriod } from '../core/cells.ts'
import type { LogBatch } from '../core/event-log.ts'
import { readObservations } from '../core/observation-line.ts'
import type { PolicyInForce } from '../core/policy-step.ts'
import type { RiskPoint } from '../core/risk.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { createLoneFold } from './lone-fold.ts'
import { LAYOUT, RECEIPT_BYTES, type ReceiptBody, tooLarge } from './receipt.ts'
import { createStepCollector } from './receipt-steps.ts'
import { comparePoints } from './verify-receipt.ts'

/** Everything that a score of one enterprise can rest on. */
export interface ReceiptInputs {
  /** The archive of its shard, in the order of the log. */
  readonly batches: AsyncIterable<readonly LogBatch[]>
  /** What the whole city said, oldest first. */
  readonly periods: AsyncIterable<SealedPeriod>
  /** Places, industries and owners that any record of the enterprise names. */
  readonly keys: ReadonlySet<string>
  /** How the policy came into force. */
  readonly activation: PolicyInForce
}

/** What folding again gave. */
export interface Refolded {
  /** What the folds say of the point's instant as known when it was recorded. */
  readonly said: RiskPoint | undefined
  /** Absent where that is not the point that was written down. */
  readonly receipt: ReceiptBody | undefined
}

/**
 * Folds an enterprise again from its beginning up to where a point was said, and gathers what was read on the way.
 * Errors: `Refusal` where the receipt would exceed its bound.
 */
export async function foldPointAgain(
  { batches, periods, keys, activation }: ReceiptInputs,
  policy: CompiledPolicy,
  point: RiskPoint,
): Promise<Refolded> {
  const { enterprise, effective, recorded } = point
  const sealed = await excerpts(periods, recorded, keys, policy)
  const fold = createLoneFold(enterprise, sealed, policy)
  const collector = createStepCollector(fold)
  let said: RiskPoint | undefined
  let bytes = 0

  function take({ bytes: text, progress }: LogBatch): void {
    const lines = ownLines(text, enterprise, recorded)
    bytes = lines.reduce((sum, line) => sum + line.length, bytes)
    if (bytes > RECEIPT_BYTES) throw tooLarge(enterprise)
    for (const one of collector.take({ lines, progress })) {
      if (one.effective === effective && one.recorded <= recorded) said = one
    }
  }

  // Once the tick of its saying is sealed, whatever still comes is recorded later.
  for await (const page of batches) {
    for (const batch of page) if (fold.sealed() < recorded) take(batch)
    if (fold.sealed() >= recorded) break
  }
  if (said === undefined || comparePoints(point, said).length > 0) return { said, receipt: undefined }
  const steps = collector.steps()
  return { said, receipt: { layout: LAYOUT, point: said, policy: policy.realm, activation, sealed, steps } }
}

/** Lines about the enterprise that were known before an instant; what is known later counts for nothing until then. */
function ownLines(bytes: Uint8Array, enterprise: string, before: number): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Most batches have nothing of it: they are looked through, not read.
  const needle = JSON.stringify(enterprise).slice(1, -1)
  if (!buffer.includes(needle)) return []
  return buffer
    .toString('utf8')
    .split('\n')
    .filter((line) => {
      if (!line.includes(needle)) return false
      const [observation] = readObservations(Buffer.from(line))
      return observation?.subject === enterprise && observation.known < before
    })
}

/** What the city said that was in force by `through`, cut down to the keys; the last period stays, as it carries time. */
async function excerpts(
  periods: AsyncIterable<SealedPeriod>,
  through: number,
  keys: ReadonlySet<string>,
  policy: CompiledPolicy,
): Promise<readonly SealedPeriod[]> {
  const cells = new Set(policy.cells.map(({ id }) => id))
  const kept: SealedPeriod[] = []
  let last: SealedPeriod | undefined
  for await (const period of periods) {
    if (period.effective > through || period.end <= (last?.end ?? 0)) continue
    last = excerpt(period, cells, keys)
    const says = Object.keys(last.counts).length + Object.keys(last.ties).length + (last.restated?.length ?? 0)
    if (says > 0) kept.push(last)
  }
  return last === undefined || kept.at(-1) === last ? kept : [...kept, last]
}

function excerpt(period: SealedPeriod, cells: ReadonlySet<string>, keys: ReadonlySet<string>): SealedPeriod {
  const { realm, start, end, effective } = period
  const only = <Value>(values: Readonly<Record<string, Value>>): [string, Value][] =>
    Object.entries(values).filter(([key]) => keys.has(key))
  const countsOf = (counts: SealedPeriod['counts']): SealedPeriod['counts'] =>
    Object.fromEntries(
      Object.entries(counts).flatMap(([cell, byKey]) => {
        const own = cells.has(cell) ? only(byKey) : []
        return own.length === 0 ? [] : [[cell, Object.fromEntries(own)] as const]
      }),
    )
  const ties = Object.fromEntries(only(period.ties))
  const excerpted = { realm, start, end, effective, counts: countsOf(period.counts), examples: {}, ties }
  const restated = (period.restated ?? []).flatMap((one): RestatedPeriod[] => {
    const counts = countsOf(one.counts)
    return Object.keys(counts).length === 0 ? [] : [{ start: one.start, end: one.end, counts, examples: {}, gone: {} }]
  })
  return restated.length === 0 ? excerpted : { ...excerpted, restated }
}
