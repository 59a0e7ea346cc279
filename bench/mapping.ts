import { cpuUsage } from 'node:process'
import { compileFeeds } from '../app/ingest-parts.ts'
import { loadPolicySet } from '../app/policies.ts'
import { readRows } from '../ingest/decode/row-reader.ts'
import { mapArrival } from '../ingest/ingest-batch.ts'
import { FEED_NAMES } from '../simulation/feeds/feed.ts'
import { bodyOf } from '../simulation/headers.ts'
import { byFeed, history } from '../simulation/timeline.ts'
import { createWorld } from '../simulation/world.ts'
import { type BenchContext, SET } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'

const ENTERPRISES = 2_000
const FIRST_DAY = 20_458
const DAYS = 60
const LEAST_BYTES = 500_000

/** One core, bytes in, observations out: decoding, redaction and the compiled mapping of each feed, nothing else. */
export function measureMapping({ policies, seconds }: Pick<BenchContext, 'policies' | 'seconds'>): Figure[] {
  const set = loadPolicySet(policies, SET)
  const compiled = compileFeeds(set, new Uint8Array(32))
  const lines = byFeed((): string[] => [])
  const world = createWorld({ seed: 1, enterprises: ENTERPRISES, firstDay: FIRST_DAY })
  for (const { rows } of history(world, { from: FIRST_DAY, to: FIRST_DAY + DAYS, hourlyFrom: FIRST_DAY })) {
    for (const feed of FEED_NAMES) for (const { line } of rows[feed]) lines[feed].push(line)
  }
  return FEED_NAMES.flatMap((name) => {
    const feed = compiled.get(name)
    if (feed === undefined) return []
    const once = bodyOf(name, lines[name]).text
    const repeats = Math.ceil(LEAST_BYTES / once.length)
    const body = Buffer.from(bodyOf(name, Array.from({ length: repeats }, () => lines[name]).flat()).text)
    let rows = 0
    const begun = cpuUsage()
    const deadline = performance.now() + (seconds * 1000) / FEED_NAMES.length
    do {
      const read = readRows(feed.policy, body)
      mapArrival({
        realm: SET,
        feed,
        source: 'bench',
        rows: read,
        received: 0,
        bulk: true,
        occurrence: () => 0,
      })
      rows += read.length
    } while (performance.now() < deadline)
    const { user, system } = cpuUsage(begun)
    const value = rows / ((user + system) / 1e6)
    const remark = `${Math.round(body.length / (lines[name].length * repeats))} bytes a row, by second of processor time`
    return [figureOf({ figure: `mapping.${name}`, value, unit: 'rows/s', remark })]
  })
}
