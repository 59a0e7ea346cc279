import { joined } from '../core/bilingual.ts'
import type { Rejected } from '../core/errors.ts'
import { isRejectReason } from '../core/reject.ts'
import type { UnreadableRow } from './decode/row.ts'

/** A file that cannot be read as one is kept whole up to the bound of any record, */
const KEPT_FILE_BYTES = 1 << 20
/** and of what is larger its beginning. */
const KEPT_HEAD_BYTES = 64 * 1024

/** Of a file that cannot be read, so much has to be looked at: a byte more than is ever kept whole. */
export const LOOKED_AT_BYTES = KEPT_FILE_BYTES + 1

/**
 * A file that cannot be unpacked, as the one row that is known of it. `looked`: all of it, or its first
 * `LOOKED_AT_BYTES`.
 */
export function fileAsReject(looked: Uint8Array, { reason, text }: Rejected): UnreadableRow {
  const isWhole = looked.length <= KEPT_FILE_BYTES
  const raw = isWhole ? looked : looked.subarray(0, KEPT_HEAD_BYTES)
  const kept = isWhole
    ? { zh: `全部 ${looked.length} 字节已保留`, en: `all ${looked.length} bytes are kept` }
    : { zh: `前 ${KEPT_HEAD_BYTES} 字节已保留`, en: `the first ${KEPT_HEAD_BYTES} bytes are kept` }
  const error = isRejectReason(reason) ? reason : 'unreadable-archive'
  return { line: 1, offset: 0, raw, error, hint: joined([text, kept]) }
}
