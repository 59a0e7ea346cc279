import { fileURLToPath } from 'node:url'
import { loadPolicySet } from '../../app/policies.ts'
import type { LogBatch } from '../../core/event-log.ts'
import type { History } from '../../core/history.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { SHARDS } from '../../core/shard.ts'
import { readArchive } from '../../processors/archive.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { asSaid, foldAgain, newestRevisions } from '../world/same-bytes.ts'

const { realm } = loadPolicySet(fileURLToPath(new URL('../../policies/', import.meta.url)), 'city')
const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard)

/** The penalties that the history holds, and how many different ones they are. */
export async function storedPenalties(history: History): Promise<{ readonly rows: number; readonly ids: number }> {
  const [stored] = await history.query<{ rows: number; ids: number }>(
    `SELECT count() AS rows, uniqExact(id) AS ids FROM observations FINAL WHERE realm = 'city' AND feed = 'penalties'`,
    {},
  )
  return { rows: Number(stored?.rows), ids: Number(stored?.ids) }
}

/** Scores as the history holds them, and as one unbroken fold of its archive says them; sorted, each as one text. */
export async function scoresAndFold(
  history: History,
): Promise<{ readonly said: readonly string[]; readonly folded: readonly string[] }> {
  const rows = await history.query<RiskPoint>(`SELECT * FROM risk FINAL WHERE realm = 'city'`, {})
  const archived: LogBatch[] = []
  for await (const batches of readArchive(history, 'city', ALL_SHARDS)) archived.push(...batches)
  // At the newest tick some shards may have spoken, and others not yet.
  const newest = Math.max(...rows.map(({ recorded }) => Number(recorded)))
  const isSealed = ({ recorded }: RiskPoint) => Number(recorded) < newest
  const { points } = foldAgain(archived, compilePolicy(realm))
  return { said: rows.filter(isSealed).map(asSaid).sort(), folded: newestRevisions(points.filter(isSealed)).sort() }
}
