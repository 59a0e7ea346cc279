import { join } from 'node:path'
import { compileFeeds } from '../app/ingest-parts.ts'
import { loadPolicySet } from '../app/policies.ts'
import { type BenchContext, SET } from './bench.ts'
import { writePast, writeStream } from './city-files.ts'
import { writeMicroBatches } from './micro-batches.ts'

/** A load, prepared in files for every benchmark that wants it. */
export interface Prepared {
  /** What is there before anything is measured; absent where all of it is measured. */
  readonly stock: { readonly bodies: string; readonly batches: string } | undefined
  readonly bodies: string
  /** What the intake makes of the bodies. */
  readonly batches: string
  readonly realm: string
  /** In `bodies`. */
  readonly observations: number
  readonly enterprises: number
}

/** Each is prepared when it is first asked for. */
export interface Loads {
  readonly stream: () => Promise<Prepared>
  readonly year: () => Promise<Prepared>
}

/** A thousand enterprises make about twenty thousand observations in their year: a second's work at the first bar. */
const ENTERPRISES_A_SECOND = 1_000
const ROWS_A_SECOND = 20_000
/** About as many enterprises as a city of five million people has. */
const CITY = 100_000
/** Fixed, so that two runs measure the same rows. */
export const STARTS = Date.parse('2026-01-01T00:00:00+08:00')

/** A city at work: devices hour by hour, and the records of its days. */
export async function prepareStream(
  { folder, policies, seconds, announce }: BenchContext,
  enterprises = CITY,
): Promise<Prepared> {
  const set = loadPolicySet(policies, SET)
  const stock = { bodies: join(folder, 'stock-bodies'), batches: join(folder, 'stock-batches') }
  const bodies = join(folder, 'stream-bodies')
  const batches = join(folder, 'stream-batches')
  announce(`preparing live hours of ${enterprises} enterprises`)
  const rows = Math.max(5_000, Math.round(seconds * ROWS_A_SECOND))
  writeStream({ stock: stock.bodies, live: bodies }, set.feeds, { enterprises, startAt: STARTS, rows })
  const { realm } = set.realm
  const parts = [
    { bodies: stock.bodies, batches: stock.batches },
    { bodies, batches },
  ]
  const counts = await writeMicroBatches(parts, realm, compileFeeds(set, Buffer.alloc(32)))
  return { stock, bodies, batches, realm, observations: counts[1] ?? 0, enterprises }
}

/** A year squeezed into seconds, as a new site or a replay brings it in. */
export async function prepareYear({ folder, policies, seconds, announce }: BenchContext): Promise<Prepared> {
  const set = loadPolicySet(policies, SET)
  const enterprises = Math.max(100, Math.round(seconds * ENTERPRISES_A_SECOND))
  const bodies = join(folder, 'year-bodies')
  const batches = join(folder, 'year-batches')
  announce(`preparing the year of ${enterprises} enterprises`)
  writePast(bodies, set.feeds, { enterprises, months: 12, startAt: STARTS })
  const { realm } = set.realm
  const counts = await writeMicroBatches([{ bodies, batches }], realm, compileFeeds(set, Buffer.alloc(32)))
  return { stock: undefined, bodies, batches, realm, observations: counts[0] ?? 0, enterprises }
}
