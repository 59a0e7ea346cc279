import type { Decision } from '../../core/decision.ts'
import type { Clock } from '../../core/time.ts'
import type { Exclusive, RealmIntake } from '../intake-port.ts'
import type { RecordIndex } from '../record-index.ts'
import type { References } from '../references.ts'
import type { Alias } from './aliases.ts'
import { decisionBatch } from './decision-batch.ts'
import type { Unsettled } from './settle.ts'

export interface IdentityOrder {
  readonly from: string
  readonly into: string
  readonly by: string
  readonly note: string
  /** UTC ms of the realm's clock. */
  readonly at: number
}

export type IdentityOutcome =
  | { readonly outcome: 'merged' | 'split' }
  /** Nothing to do: it is so already. */
  | { readonly outcome: 'already' }
  | { readonly outcome: 'refused'; readonly reason: 'same-subject' | 'circle' | 'merged-elsewhere' | 'not-merged' }

export interface IdentityParts {
  readonly realm: string
  readonly intake: Pick<RealmIntake, 'exclusively'>
  readonly index: Pick<RecordIndex, 'readBook'>
  readonly references: References
  readonly clock: Clock
}

/** From now on rows about `from` are about `into`; those that are there are moved as soon as the history holds them. */
export function mergeIdentities(parts: IdentityParts, order: IdentityOrder): Promise<IdentityOutcome> {
  const { aliases } = parts.references
  return decide(parts, order, () => {
    const { from, into } = order
    const standing = aliases.direct(from)
    if (from === into) return { outcome: 'refused', reason: 'same-subject' }
    if (standing?.into === into) return { outcome: 'already' }
    if (standing !== undefined) return { outcome: 'refused', reason: 'merged-elsewhere' }
    return aliases.current(into) === from ? { outcome: 'refused', reason: 'circle' } : { outcome: 'merged' }
  })
}

/** Undoes a merge: what was filed under `into` goes back to it, from `from`, and so does what is filed from now on. */
export function splitIdentity(parts: IdentityParts, order: IdentityOrder): Promise<IdentityOutcome> {
  const { aliases } = parts.references
  return decide(parts, order, () =>
    aliases.direct(order.into)?.into === order.from
      ? { outcome: 'split' }
      : { outcome: 'refused', reason: 'not-merged' },
  )
}

function decide(parts: IdentityParts, order: IdentityOrder, judge: () => IdentityOutcome): Promise<IdentityOutcome> {
  const { realm, intake, index, references, clock } = parts
  const { aliases } = references
  return intake.exclusively(async (): Promise<Exclusive<IdentityOutcome>> => {
    const result = judge()
    if (result.outcome !== 'merged' && result.outcome !== 'split') return { result }
    const { from, into, by, note, at } = order
    // The subject that rows are filed under, and the one that they are about while the two are one.
    const [filed, kept] = result.outcome === 'merged' ? [from, into] : [into, from]
    const alias: Alias | undefined = result.outcome === 'merged' ? { into, at, by, note } : undefined
    const type = result.outcome === 'merged' ? 'identity-merged' : 'identity-split'
    const decision: Decision = { type, realm, id: `identity/${from}/${into}/${at}`, from, into, by, note, at }
    // All that became `filed` before is concerned too: it goes where `filed` goes.
    const concerned = [
      filed,
      ...[...aliases.all().keys()].filter((other) => aliases.current(other) === aliases.current(filed)),
    ]
    const subjects = [...new Set([...concerned, kept, aliases.current(kept), aliases.current(filed)])]
    const stamp = clock.now()
    const keys = [...new Set(concerned)].map((subject) => `identity ${subject}`)
    const before = await index.readBook(realm, 'unsettled', keys)
    const unsettled = keys.map((key, i) => [key, noted(before[i], { at, stamp, subjects })])
    return {
      commit: {
        batches: [decisionBatch(decision)],
        marks: [],
        books: {
          identities: { [filed]: alias === undefined ? undefined : JSON.stringify(alias) },
          unsettled: Object.fromEntries(unsettled),
        },
      },
      committed: () => aliases.set(filed, alias),
      result,
    }
  })
}

/** With what an earlier decision that is not carried out yet concerns. */
function noted(before: string | undefined, now: Required<Unsettled>): string {
  const known: Unsettled = before === undefined ? now : JSON.parse(before)
  return JSON.stringify({ ...now, subjects: [...new Set([...(known.subjects ?? []), ...now.subjects])] })
}
