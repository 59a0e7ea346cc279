/** Why a row was not accepted: a closed set, also the label of its metric. */
export const REJECT_REASONS = [
  'unreadable-line',
  'wrong-columns',
  'missing-value',
  'bad-date',
  'impossible-time',
  'bad-number',
  'bad-check-digit',
  'bad-code-shape',
  'unknown-code',
  'unknown-subject',
  'no-observation-applies',
  'line-too-long',
  'too-deep',
  'bad-checksum',
  'unknown-version',
  'implausible-value',
  'wrong-password',
  'unknown-alias',
  'unsupported-value',
] as const
export type RejectReason = (typeof REJECT_REASONS)[number]

/** One line of the topic `rejects` and one row of the table of that name. */
export interface Reject {
  readonly realm: string
  readonly feed: string
  /** Natural: feed, source, place and content, so that the same bad row twice is one reject. */
  readonly id: string
  readonly source: string
  readonly line: number
  readonly reason: RejectReason
  /** What to mend, for the data steward; names the column. */
  readonly hint: string
  /** The row's bytes, sealed with the site's key (AES-256-GCM), base64. */
  readonly sealed: string
  /** After this instant the bytes are deleted, UTC ms. */
  readonly until: number
  readonly received: number
}
