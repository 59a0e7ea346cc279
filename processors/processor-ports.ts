import type { EventLog } from '../core/event-log.ts'
import type { History } from '../core/history.ts'
import type { Present } from '../core/present.ts'
import type { Snapshots } from '../core/snapshots.ts'
import type { Clock } from '../core/time.ts'
import type { Pack } from './archive-row.ts'

/** What a processor needs of the world. */
export interface ProcessorPorts {
  readonly log: EventLog
  readonly history: History
  readonly present: Present
  readonly snapshots: Snapshots
  readonly clock: Clock
  /** For the archive. */
  readonly pack: Pack
  /** Runs the work again while it fails with `Retryable`; anything else propagates. */
  readonly retry: (work: () => Promise<void>) => Promise<void>
  readonly happened: (fact: ProcessorFact) => void
}

export type ProcessorFact =
  | { readonly type: 'resumed'; readonly realm: string; readonly shards: number; readonly archived: number }
  /** They do not fit their hashes: those before are resumed from, or the shards are built again out of the archive. */
  | { readonly type: 'snapshots-damaged'; readonly realm: string; readonly shards: readonly number[] }
  | { readonly type: 'snapshots-saved'; readonly realm: string; readonly shards: number; readonly bytes: number }
  | { readonly type: 'policy-in-force'; readonly realm: string; readonly policy: string; readonly from: number }
  /** The file says something else than the log: it counts for nothing until it is staged and activated. */
  | { readonly type: 'policy-differs'; readonly realm: string; readonly file: string; readonly inForce: string }
  | { readonly type: 'shadow-failed'; readonly realm: string; readonly policy: string; readonly error: unknown }
