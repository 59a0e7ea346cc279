import { shortHash } from '../core/hash.ts'
import type { Reject } from '../core/reject.ts'
import { DAY_MS } from '../core/time.ts'
import type { Sealer } from './sealed-bytes.ts'

/** Long enough to mend and replay a half-year's return, short enough for personal data that nobody could read. */
const KEPT_DAYS = 180

export interface RejectedRow extends Omit<Reject, 'id' | 'sealed' | 'until'> {
  readonly raw: Uint8Array
}

export function rejectRow({ raw, ...row }: RejectedRow, sealer: Sealer): Reject {
  const id = `${row.feed}/${shortHash(JSON.stringify([row.source, row.line, shortHash(raw)]))}`
  return { ...row, id, sealed: sealer.seal(id, raw), until: row.received + KEPT_DAYS * DAY_MS }
}
