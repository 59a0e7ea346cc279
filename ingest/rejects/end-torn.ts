import { Refusal } from '../../core/errors.ts'
import type { Reject } from '../../core/reject.ts'
import { DAY_MS } from '../../core/time.ts'
import { recordOf } from '../ingest-batch.ts'
import type { CompiledFeed } from '../mapping/compile-feed.ts'
import type { RecordIndex } from '../record-index.ts'
import type { Sealer } from '../sealed-bytes.ts'
import { beginsAlike, forgottenTorn, type TornFile, tornFiles } from '../torn-files.ts'
import { rowsOfTorn } from '../torn-rows.ts'
import { resolveRejects } from './ended.ts'
import type { RoundParts } from './reject-rounds.ts'

/** A reject is in the history within seconds; where it is not there after so long, its bytes have reached their end. */
const LOOKED_FOR_MS = DAY_MS
/** A content that no record has. */
const ANY_CONTENT = 'f'.repeat(16)

export interface TornParts extends RoundParts {
  readonly index: RoundParts['index'] & Pick<RecordIndex, 'notes'>
}

/**
 * Ends the rejects of files that could not be unpacked and of which a file of the same name has come whole, where that
 * begins with the same bytes, or every record that can still be read in the torn one is known by now: of a feed whose
 * files all have one name, the next day's is another file, and the torn one stays open, as does one in which nothing can
 * be read and that begins otherwise. Gives how many it ended.
 */
export async function endTorn(parts: TornParts): Promise<number> {
  const { realm, index, feeds } = parts
  let ended = 0
  for (const torn of tornFiles(await index.notes(realm))) {
    const feed = feeds.get(torn.feed)
    if (torn.whole && feed !== undefined) ended += await endOf(parts, torn, feed)
  }
  return ended
}

async function endOf(parts: TornParts, torn: TornFile, feed: CompiledFeed): Promise<number> {
  const { realm, finder, sealer, clock } = parts
  const found = await Promise.all(torn.rejects.map((id) => finder.one(id, clock.now())))
  if (found.includes(undefined) && clock.now() - torn.since < LOOKED_FOR_MS) return 0
  const whole: string[] = []
  for (const reject of found) {
    if (reject === undefined) continue
    const head = openedBy(sealer, reject)
    if (head === undefined) continue
    if (beginsAlike(head, torn) || (await allKnown(parts, feed, torn.name, head))) whole.push(reject.id)
  }
  const rejects = whole.map((id) => ({ realm, feed: torn.feed, id }))
  return resolveRejects(parts, rejects, { by: torn.name, notes: forgottenTorn(torn) })
}

/** `undefined` where the site's key is another by now: a steward has to end it. */
function openedBy(sealer: Sealer, { id, sealed }: Pick<Reject, 'id' | 'sealed'>): Uint8Array | undefined {
  try {
    return sealer.open(id, sealed)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

async function allKnown(
  { realm, index }: TornParts,
  feed: CompiledFeed,
  name: string,
  head: Uint8Array,
): Promise<boolean> {
  const context = { source: name, received: 0, occurrence: () => 0 }
  const records = (await rowsOfTorn(feed.policy, name, head)).flatMap((row) => {
    const kept = row.fields === undefined ? undefined : recordOf(feed.mapRow(row, context))
    return kept === undefined ? [] : [kept.record]
  })
  if (records.length === 0) return false
  const keys = [...new Set(records)].map((record) => ({ record, content: ANY_CONTENT }))
  return (await index.lookUp(realm, feed.policy.feed, keys)).every((held) => held !== undefined)
}
