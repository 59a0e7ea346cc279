import type { History } from '../../core/history.ts'
import type { RejectReason } from '../../core/reject.ts'
import { isPlace, readPage } from '../bindings/binding-page.ts'
import { splitSubjects } from '../bindings/subjects.ts'
import type { RecordIndex } from '../record-index.ts'
import { resolveRejects } from './ended.ts'
import type { RejectFilter, RejectFinder } from './find-rejects.ts'
import { type ReplayParts, replayRejects } from './replay-rejects.ts'

export interface RoundParts extends ReplayParts {
  readonly index: ReplayParts['index'] & Pick<RecordIndex, 'readBook'>
  readonly finder: RejectFinder
  readonly history: History
}

/** Rows released in one commit. */
const RELEASED_AT_ONCE = 200
/** A round looks at the newest so many open rejects. */
const LOOKED_AT = 1_000

/**
 * Releases rows that were parked for devices and places which are bound by now: through the same replay as a steward's, so never
 * twice. Gives how many were taken in. To be called again and again: a row is in the history a moment after it was parked.
 */
export async function releaseParked(parts: RoundParts): Promise<number> {
  const { finder, index, realm, clock } = parts
  const parked = await finder.parkedSubjects(clock.now())
  if (parked.length === 0) return 0
  const texts = await index.readBook(realm, 'bindings', parked)
  let released = 0
  for (const [i, subject] of parked.entries()) {
    for (const { gone, from, to } of readPage(texts[i])) {
      if (!gone) released += await releaseOf(parts, subject, { from, to })
    }
  }
  return released
}

/** Those of one device or place that were known while one binding held. */
async function releaseOf(
  parts: RoundParts,
  subject: string,
  known: { readonly from: number; readonly to: number },
): Promise<number> {
  const { finder, feeds, clock } = parts
  let released = 0
  let after: RejectFilter['after']
  for (;;) {
    const reason: RejectReason = isPlace(subject) ? 'unbound-place' : 'unbound-device'
    const filter = { reason, state: 'open', subject, known } as const
    const parked = await finder.take({ ...filter, ...(after && { after }) }, RELEASED_AT_ONCE, clock.now())
    const orders = parked.filter(({ feed }) => feeds.has(feed)).map((reject) => ({ reject }))
    if (orders.length > 0) {
      const outcomes = await replayRejects(parts, orders, { by: 'binding', manner: 'parked' })
      released += outcomes.filter(({ outcome }) => outcome === 'replayed').length
    }
    const last = parked.at(-1)
    if (last === undefined || parked.length < RELEASED_AT_ONCE) return released
    after = { received: last.received, id: last.id }
  }
}

/**
 * Marks rejects whose record came right by itself: the same natural key was taken in with a later request. Gives how
 * many. A record that was known before and only had a bad version stays open: nothing newer has replaced it.
 */
export async function markResolved(parts: RoundParts): Promise<number> {
  const { finder, index, history, realm, clock } = parts
  const open = (await finder.list({ state: 'open' }, LOOKED_AT, clock.now())).filter(({ record }) => record !== '')
  const subjects = new Map<string, string>()
  for (const feed of new Set(open.map((reject) => reject.feed))) {
    const ofFeed = open.filter((reject) => reject.feed === feed)
    const keys = ofFeed.map(({ record }) => ({ record, content: 'f'.repeat(16) }))
    const heads = await index.lookUp(realm, feed, keys)
    ofFeed.forEach(({ id }, i) => {
      const head = heads[i]
      if (typeof head === 'object') subjects.set(id, head.subject)
    })
  }
  const known = open.filter(({ id }) => subjects.has(id))
  if (known.length === 0) return 0
  const rows = await history.query<{ feed: string; record: string; received: number }>(
    `SELECT feed, record, max(received) AS received FROM observations
      WHERE realm = {realm:String} AND subject IN {subjects:Array(String)} AND record IN {records:Array(String)}
        AND gone = 0 GROUP BY feed, record`,
    {
      realm,
      subjects: [...new Set([...subjects.values()].flatMap(splitSubjects))],
      records: [...new Set(known.map(({ record }) => record))],
    },
  )
  const arrived = new Map(rows.map((row) => [`${row.feed} ${row.record}`, row.received]))
  const right = known.filter(({ feed, record, received }) => (arrived.get(`${feed} ${record}`) ?? 0) > received)
  return right.length === 0 ? 0 : resolveRejects(parts, right)
}
