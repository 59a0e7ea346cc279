import type { FeedPolicy } from '../core/feed-policy.ts'
import type { Observation } from '../core/observation.ts'
import { type CodeReportLine, type CodeReportRange, codeReport } from './identity/code-report.ts'
import {
  type IdentityOrder,
  type IdentityOutcome,
  mergeIdentities,
  splitIdentity,
} from './identity/merge-identities.ts'
import type { RecordIndex } from './record-index.ts'
import { reindex } from './reindex.ts'
import type { ListedReject, RejectFilter, RejectGroup } from './rejects/find-rejects.ts'
import type { RoundParts } from './rejects/reject-rounds.ts'
import { type ReplayOutcome, replayRejects } from './rejects/replay-rejects.ts'
import { type ShownReject, showReject } from './rejects/show-reject.ts'

/** What a data steward asks of one realm; served by the role that takes rows in, which alone writes its index. */
export interface StewardDesk {
  list(filter: RejectFilter, limit: number): Promise<readonly ListedReject[]>
  groups(filter: RejectFilter): Promise<readonly RejectGroup[]>
  /** Numbers of persons only where they are to be revealed, which is audited before it is answered. */
  show(id: string, by: string, reveal: boolean): Promise<ShownReject | undefined>
  /** `undefined` where there is no such reject, or its bytes have reached their end date. */
  replay(order: ReplayRequest): Promise<ReplayOutcome | undefined>
  merge(order: IdentityOrder): Promise<IdentityOutcome>
  split(order: IdentityOrder): Promise<IdentityOutcome>
  identities(): Promise<readonly ListedIdentity[]>
  /** Writes the books of bindings and numbers again out of the history; gives how many observations were read. */
  reindex(): Promise<number>
  codes(range: CodeReportRange): Promise<readonly CodeReportLine[]>
}

export interface ReplayRequest {
  readonly id: string
  readonly by: string
  /** The mended file in UTF-8, or of a format that is no text its bytes; with the header where the format has one. */
  readonly mended?: Uint8Array
  /** The enterprise that it is about, where nobody else could tell. */
  readonly as?: string
}

export interface ListedIdentity extends Omit<IdentityOrder, 'from'> {
  readonly from: Observation['subject']
  /** All that was there has been moved. */
  readonly settled: boolean
}

/** Who saw the numbers of persons in a reject. */
export interface RevealEntry {
  readonly what: 'reject-revealed'
  readonly realm: string
  readonly subject: string
  readonly by: string
  /** Wall time, UTC ms. */
  readonly at: number
}

export interface DeskParts extends RoundParts {
  readonly index: RoundParts['index'] & Pick<RecordIndex, 'wholeBook' | 'notes'>
  readonly policies: ReadonlyMap<string, FeedPolicy>
  readonly zoneOffsetMinutes: number
  readonly personalKey: Uint8Array
  readonly audit: (entry: RevealEntry) => Promise<void>
}

export function createStewardDesk(parts: DeskParts): StewardDesk {
  const { realm, finder, clock, policies, references, index } = parts
  return {
    list: (filter, limit) => finder.list(filter, limit, clock.now()),
    groups: (filter) => finder.groups(filter, clock.now()),

    async show(id, by, reveal) {
      const found = await finder.one(id, clock.now())
      const policy = found === undefined ? undefined : policies.get(found.feed)
      if (found === undefined || policy === undefined) return undefined
      if (reveal) await parts.audit({ what: 'reject-revealed', realm, subject: id, by, at: clock.now() })
      return showReject(found, policy, parts, reveal)
    },

    async replay({ id, by, mended, as }) {
      const found = await finder.one(id, clock.now())
      if (found === undefined || !policies.has(found.feed)) return undefined
      const order = { reject: found, ...(mended && { mended }), ...(as !== undefined && { as }) }
      const [outcome] = await replayRejects(parts, [order], { by, manner: 'whole' })
      return outcome
    },

    merge: (order) => mergeIdentities(parts, order),
    split: (order) => splitIdentity(parts, order),

    async identities() {
      const unsettled = await index.wholeBook(realm, 'unsettled')
      return [...references.aliases.all()].map(([from, alias]) => {
        return { from, ...alias, settled: unsettled[`identity ${from}`] === undefined }
      })
    },

    reindex: () => reindex(parts),
    codes: (range) => codeReport(parts.history, realm, parts.zoneOffsetMinutes, range),
  }
}
