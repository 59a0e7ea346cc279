import type { Rejected } from '../core/errors.ts'
import { isRejectReason } from '../core/reject.ts'
import type { Row } from './decode/row.ts'

/** Of what cannot be read as a file so much is kept with its reject. */
export const KEPT_HEAD_BYTES = 64 * 1024

/** A file that cannot be unpacked, as the one row that is known of it: `head` is its beginning. */
export function fileAsReject(head: Uint8Array, { reason, message }: Rejected): Row & { readonly fields?: undefined } {
  const error = isRejectReason(reason) ? reason : 'unreadable-archive'
  return { line: 1, offset: 0, raw: head.subarray(0, KEPT_HEAD_BYTES), error, hint: message }
}
