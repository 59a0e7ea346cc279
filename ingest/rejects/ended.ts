import { shortHash } from '../../core/hash.ts'
import { type Reject, type RejectState, stateLine } from '../../core/reject.ts'
import type { Clock } from '../../core/time.ts'
import type { Exclusive, RealmIntake } from '../intake-port.ts'
import type { Head, Mark, Notes, RecordIndex } from '../record-index.ts'

/** Where the index remembers which rejects have ended: no feed can have this name. */
const ENDED = '~ended'
/** Versions of such a mark. */
export const CLAIMED = 1
export const DONE = 2
const NO_CONTENT = '0'.repeat(16)

export interface EndingParts {
  readonly realm: string
  readonly intake: Pick<RealmIntake, 'exclusively'>
  readonly index: Pick<RecordIndex, 'lookUp'>
  readonly clock: Clock
}

/**
 * Says that the records of these rejects came right by themselves, by what their feed sent or by the file that is named;
 * those that have ended already are left as they are. What is to be remembered with it is one commit with it.
 */
export function resolveRejects(
  parts: EndingParts,
  rejects: readonly Pick<Reject, 'realm' | 'feed' | 'id'>[],
  { by, notes }: { readonly by?: string; readonly notes?: Notes } = {},
): Promise<number> {
  const { realm, clock } = parts
  return parts.intake.exclusively(async (): Promise<Exclusive<number>> => {
    const ended = await endedBefore(
      parts,
      rejects.map((reject) => ({ reject })),
    )
    const open = rejects.filter(({ id }) => !ended.has(id))
    if (open.length === 0 && notes === undefined) return { result: 0 }
    const at = clock.now()
    const states = open.map(({ feed, id }): RejectState => {
      return { state: 'resolved', realm, feed, id, by: by ?? feed, at, bytes: '' }
    })
    const marks = states.map((state) => markOf(state, NO_CONTENT, DONE))
    const batches = states.length === 0 ? [] : [stateBatch(realm, states)]
    return { commit: { batches, marks, ...(notes && { notes }) }, result: open.length }
  })
}

/** What the index knows of these rejects: those that have ended, and those whose end was begun. */
export async function endedBefore(
  { realm, index }: Pick<EndingParts, 'realm' | 'index'>,
  orders: readonly { readonly reject: Pick<Reject, 'id'> }[],
): Promise<ReadonlyMap<string, Head>> {
  // A content that no mark has, so that the answer is never just "the same".
  const keys = orders.map(({ reject }) => ({ record: shortHash(reject.id), content: 'f'.repeat(16) }))
  const heads = await index.lookUp(realm, ENDED, keys)
  const ended = new Map<string, Head>()
  orders.forEach(({ reject }, i) => {
    const head = heads[i]
    if (typeof head === 'object') ended.set(reject.id, head)
  })
  return ended
}

export function markOf({ id, at, by }: RejectState, content: string, version: number): Mark {
  return { feed: ENDED, record: shortHash(id), head: { content, version, known: at, parts: 0, subject: by } }
}

export function stateBatch(realm: string, states: readonly RejectState[]) {
  const bytes = Buffer.from(`${states.map(stateLine).join('\n')}\n`)
  return { topic: 'rejects', realm, shard: 0, count: states.length, bytes, progress: [], bulk: false } as const
}
