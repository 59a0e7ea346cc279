import type { PartialPeriod } from '../core/cells.ts'
import type { Attributes, LastPoint } from './enterprise.ts'
import type { SaidPoint } from './risk-line.ts'

/** What a shard says when time moves: all of it a function of the log alone. */
export interface Said {
  readonly changes: Change[]
  /** Who was registered or renamed. */
  readonly registered: { readonly enterprise: string; readonly tick: number; readonly attributes: Attributes }[]
  readonly partials: PartialPeriod[]
  /** Enterprises whose score may have moved by what arrived, to be published before they are sealed. */
  readonly touched: Set<string>
  /** How enterprises stand whose past was corrected, as known from a tick on; no point where nothing is left to say of one. */
  readonly standing: Map<string, { readonly point: SaidPoint | undefined; readonly recorded: number }>
}

export interface Change extends SaidPoint {
  /** What stood before; null for the first point and for rebuilt ones, which are recorded later than they take effect. */
  readonly before: LastPoint | null
}

export function nothingSaid(): Said {
  return { changes: [], registered: [], partials: [], touched: new Set(), standing: new Map() }
}
