import { loadPolicySet } from '../app/policies.ts'
import type { LogBatch } from '../core/event-log.ts'
import type { Observation } from '../core/observation.ts'
import { observationLine, readObservations } from '../core/observation-line.ts'
import type { RiskPoint } from '../core/risk.ts'
import { AS_KNOWN_NOW, riskUntil } from '../core/risk-history.ts'
import { shardOf } from '../core/shard.ts'
import { readArchive } from '../processors/archive.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { asSaid, foldAgain, newestRevisions } from '../test/world/same-bytes.ts'
import { type BenchContext, SET } from './bench.ts'
import { ALL_SHARDS } from './fold-all.ts'
import type { FreshParts } from './parts.ts'

/** What was corrected: the one was taken back, the other came in years after its time. */
export interface Corrections {
  readonly struck: Observation
  readonly withdrawal: Observation
  readonly late: Observation
}

const POINTS = 1_000_000
/** A history gives 256 MiB at once. */
const PAGES = 16
const PAGE = `SELECT enterprise, effective, recorded, revision, removed, receipt FROM risk FINAL
  WHERE realm = {realm:String} AND cityHash64(enterprise) % ${PAGES} = {page:UInt32}`

/**
 * Everything that the history holds against one unbroken fold of the archive; and how the enterprise stands against a
 * past in which the one record had never been and the other had come in time. Answers what was found, in words. Errors:
 * the first that differs.
 */
export async function checkCorrections(
  { policies }: BenchContext,
  { ports }: FreshParts,
  corrections: Corrections,
): Promise<string> {
  const policy = compilePolicy(loadPolicySet(policies, SET).realm)
  const { realm } = policy.realm
  const enterprise = corrections.struck.subject
  const archived: LogBatch[] = []
  for await (const batches of readArchive(ports.history, realm, ALL_SHARDS)) archived.push(...batches)

  const rows: string[] = []
  for (let page = 0; page < PAGES; page++) {
    rows.push(...(await ports.history.query<RiskPoint>(PAGE, { realm, page })).map(asSaid))
  }
  same('a row of the history', rows, newestRevisions(foldAgain(archived, policy).points))

  const question = { realm, enterprise, on: AS_KNOWN_NOW, known: AS_KNOWN_NOW }
  const standing = (await riskUntil(ports.history, question, POINTS)).map(asPoint)
  const always = foldAgain(asIfAlways(archived, corrections), policy).points.filter(
    (one) => one.enterprise === enterprise,
  )
  same('a point of the enterprise', standing, always.map(asPoint))

  const document = await ports.present.readOne(realm, 'risk', enterprise)
  const present: RiskPoint | undefined = document === undefined ? undefined : JSON.parse(document)
  if (present === undefined || asPoint(present) !== standing[0]) throw new Error('the present says something else')
  return `${rows.length} rows are those of one unbroken fold of the archive, and the ${standing.length} points of the enterprise those of a past in which the records had always been so`
}

const asPoint = ({ effective, risk, basis }: Pick<RiskPoint, 'effective' | 'risk' | 'basis'>) =>
  `${effective}: ${risk}, ${basis}`

function same(what: string, one: readonly string[], other: readonly string[]): void {
  const [left, right] = [new Set(one), new Set(other)]
  const differing = one.find((text) => !right.has(text)) ?? other.find((text) => !left.has(text))
  if (differing !== undefined) throw new Error(`${what} differs from what folding everything again says: ${differing}`)
}

/** The archive of a city in which one record was never filed, and another came with the first of its shard. */
function asIfAlways(archived: readonly LogBatch[], { struck, withdrawal, late }: Corrections): LogBatch[] {
  const without = new Set([struck.id, withdrawal.id, late.id])
  const shard = shardOf(struck.subject)
  const first = archived.find((batch) => batch.shard === shard)
  return archived.map((batch) => {
    if (batch.shard !== shard) return batch
    const kept = readObservations(batch.bytes).filter(({ id }) => !without.has(id))
    const lines = batch === first ? [...kept, late] : kept
    const bytes = Buffer.from(lines.map((line) => `${observationLine(line)}\n`).join(''))
    return { ...batch, count: lines.length, bytes }
  })
}
