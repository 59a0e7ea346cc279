import { join } from 'node:path'
import { compileFeeds } from '../app/ingest-parts.ts'
import { loadPolicySet } from '../app/policies.ts'
import { type BenchContext, SET } from './bench.ts'
import { writeCity } from './city-files.ts'
import { writeMicroBatches } from './micro-batches.ts'

/** Where the prepared year lies, for every benchmark that wants it. */
export interface Prepared {
  readonly bodies: string
  readonly batches: string
  readonly realm: string
  readonly observations: number
  readonly enterprises: number
}

/** A thousand enterprises make about twenty thousand observations in their year: a second's work at the first bar. */
const ENTERPRISES_A_SECOND = 1_000
/** Fixed, so that two runs measure the same rows. */
const YEAR_ENDS = Date.parse('2026-01-01T00:00:00+08:00')

export async function prepareYear({ folder, policies, seconds, announce }: BenchContext): Promise<Prepared> {
  const set = loadPolicySet(policies, SET)
  const enterprises = Math.max(100, Math.round(seconds * ENTERPRISES_A_SECOND))
  const bodies = join(folder, 'bodies')
  const batches = join(folder, 'batches')
  announce(`preparing the year of ${enterprises} enterprises`)
  writeCity(bodies, set.feeds, { enterprises, startAt: YEAR_ENDS })
  const { realm } = set.realm
  const observations = await writeMicroBatches(bodies, batches, realm, compileFeeds(set, Buffer.alloc(32)))
  return { bodies, batches, realm, observations, enterprises }
}
