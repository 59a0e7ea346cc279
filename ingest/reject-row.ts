import { shortHash } from '../core/hash.ts'
import type { Reject } from '../core/reject.ts'
import { DAY_MS } from '../core/time.ts'
import type { Sealer } from './sealed-bytes.ts'

/** Long enough to mend and replay a half-year's return, short enough for personal data that nobody could read. */
const KEPT_DAYS = 180

export interface RejectedRow extends Omit<Reject, 'id' | 'sealed' | 'until'> {
  readonly raw: Uint8Array
}

/** The same bad row at the same place is one reject, however often it comes. */
export function rejectId({ feed, source, line, raw }: Pick<RejectedRow, 'feed' | 'source' | 'line' | 'raw'>): string {
  return `${feed}/${shortHash(JSON.stringify([source, line, shortHash(raw)]))}`
}

export function rejectRow({ raw, ...row }: RejectedRow, sealer: Sealer): Reject {
  const id = rejectId({ ...row, raw })
  return { ...row, id, sealed: sealer.seal(id, raw), until: row.received + KEPT_DAYS * DAY_MS }
}
