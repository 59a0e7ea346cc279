/** Why a row was not accepted: a closed set, also the label of its metric. */
export const REJECT_REASONS = [
  'unreadable-line',
  'wrong-header',
  'wrong-content',
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
  'unbound-device',
  'unbound-place',
  'needs-review',
  'forbidden-doctype',
  'unreadable-archive',
  'unpacks-too-far',
] as const
export type RejectReason = (typeof REJECT_REASONS)[number]

/** With these a row waits, and is released when the binding that it lacks comes. */
export const UNBOUND_REASONS: ReadonlySet<string> = new Set<RejectReason>(['unbound-device', 'unbound-place'])

export function isRejectReason(text: string): text is RejectReason {
  return REJECT_REASONS.some((reason) => reason === text)
}

/** What has to be known beside a row's bytes to read them again. */
export interface RejectReading {
  readonly format: string
  readonly encoding: string
  /** The names in the header that the row stood under; empty where the bytes name their own fields. */
  readonly columns: readonly string[]
  /** Fields that came beside the bytes, as the levels of a topic do. */
  readonly around: Readonly<Record<string, string>>
}

/** One line of the topic `rejects` and one row of the table of that name. */
export interface Reject extends RejectReading {
  readonly realm: string
  readonly feed: string
  /** Natural: feed, source, place and content, so that the same bad row twice is one reject. */
  readonly id: string
  readonly source: string
  readonly line: number
  readonly reason: RejectReason
  /** What to mend, for the data steward; names the column. */
  readonly hint: string
  /** Who filed it, where the row still says so. */
  readonly authority: string
  /** Hash of the record's natural key; empty where it cannot be read. */
  readonly record: string
  /** The device or place that no binding was known for; empty for every other reason. */
  readonly subject: string
  /** When a parked row was known, UTC ms; 0 for every other reason. */
  readonly known: number
  /** The row's bytes, sealed with the site's key (AES-256-GCM), base64. */
  readonly sealed: string
  /** After this instant the bytes are deleted, UTC ms. */
  readonly until: number
  readonly received: number
}

/**
 * How a reject ends: `replayed`, its row was taken in after all, as it was or mended; `resolved`, its record came right
 * by itself. A line of the topic `rejects`, and a row of the table `reject_states`.
 */
export interface RejectState {
  readonly state: 'replayed' | 'resolved'
  readonly realm: string
  readonly feed: string
  readonly id: string
  readonly by: string
  /** Wall time, UTC ms. */
  readonly at: number
  /** Full hash of the bytes that were taken in its place; empty where it resolved itself. */
  readonly bytes: string
}

const STATE_FIRST = '{"state":'

/** The line of the log that ends a reject. */
export function stateLine({ state, realm, feed, id, by, at, bytes }: RejectState): string {
  return JSON.stringify({ state, realm, feed, id, by, at, bytes })
}

/** Tells the two kinds of lines of the topic apart without reading them. */
export function isStateLine(line: string): boolean {
  return line.startsWith(STATE_FIRST)
}
