import { shortHash } from '../core/hash.ts'
import type { Reject, RejectReason } from '../core/reject.ts'
import { DAY_MS } from '../core/time.ts'
import type { Sealer } from './sealed-bytes.ts'

/** Long enough to mend and replay a half-year's return, short enough for personal data that nobody could read. */
const KEPT_DAYS = 180

export interface RejectedRow {
  readonly realm: string
  readonly feed: string
  readonly source: string
  readonly line: number
  readonly raw: Uint8Array
  readonly reason: RejectReason
  readonly hint: string
  /** UTC milliseconds. */
  readonly received: number
}

export function rejectRow({ raw, ...row }: RejectedRow, sealer: Sealer): Reject {
  const id = `${row.feed}/${shortHash(JSON.stringify([row.source, row.line, shortHash(raw)]))}`
  return { ...row, id, sealed: sealer.seal(id, raw), until: row.received + KEPT_DAYS * DAY_MS }
}
