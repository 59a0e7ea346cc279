/** Every kind of regulatory fact that a feed can bring; a mapping that names another is refused when it is loaded. */
export const OBSERVATION_KINDS = [
  'registration',
  'permit',
  'penalty',
  'administrative-act',
  'court-listing',
  'list-entry',
  'list-exit',
  'complaint',
  'complaint-closed',
  'commitment',
  'commitment-outcome',
  'repair',
  'correction',
  'withdrawal',
  'inspection-result',
  'sensor-reading',
  'device-state',
  'video-event',
  'video-verdict',
  'arrears',
  'utility-use',
  'public-evaluation',
  'report-use',
  'interview',
  'voluntary-registration',
  'registration-change',
  'credit-overview',
  'ownership',
  'device-binding',
  'place-binding',
] as const
export type ObservationKind = (typeof OBSERVATION_KINDS)[number]

/**
 * Kinds that take another observation back, as if it had never been. Which one is said by fact `retracts`: an observation
 * id, or a record (`feed/record/`) with all its parts; without that fact it is the record that it is itself a part of.
 */
export const RETRACTION_KINDS: ReadonlySet<ObservationKind> = new Set<ObservationKind>([
  'withdrawal',
  'correction',
  'repair',
])

/** How far a source may move a class: only `verified` findings and decisions enter the class basis. */
export type Trust = 'verified' | 'reported' | 'device'

/**
 * One fact about one subject. Times are UTC milliseconds; 0 where the source has none. As JSON (`observationLine`) it is
 * one line of the log and, byte for byte, one row of the history, whose columns are its field names.
 */
export interface Observation {
  readonly realm: string
  readonly feed: string
  /** Hash of the record's natural key; with `part` it is the observation's identity. */
  readonly record: string
  readonly part: string
  readonly id: string
  /** Order among versions of the same id, taken from the source, never from arrival. */
  readonly version: number
  /** Hash of the record's content as it arrived, personal numbers already tokenised. */
  readonly content: string
  readonly kind: ObservationKind
  /** `uscc:91140105MA0T100092`, `chicago-licence:1592651`, `place:3754:-7924`. */
  readonly subject: string
  readonly authority: string
  readonly trust: Trust
  readonly district: string
  /** GB/T 4754 section letter or the scheme's own code; empty where unknown. */
  readonly industry: string
  /** Code of what went wrong, shared across feeds and industries: `food-hygiene`, `unpaid-wages`, `fire`. */
  readonly cause: string
  readonly occurred: number
  readonly decided: number
  readonly published: number
  /** When the authority that filed it knew: the basis of every "as known then". */
  readonly known: number
  readonly received: number
  readonly value: number | null
  readonly unit: string
  readonly facts: Readonly<Record<string, string>>
  /** File name or request, and the place in it. */
  readonly source: string
  readonly line: number
  /** The observation is no longer part of its record's newest version. */
  readonly gone: 0 | 1
}

export function observationId(feed: string, record: string, part: string): string {
  return `${feed}/${record}/${part}`
}

/** What a retraction takes back: an id, or the beginning of the ids of a record; `undefined` for any other kind. */
export function retractedBy({ kind, feed, record, facts }: Observation): string | undefined {
  if (!RETRACTION_KINDS.has(kind)) return undefined
  return facts.retracts || `${feed}/${record}/`
}

/** The order in which a fold sees observations, whatever the order of arrival. */
export function compareObservations(left: Observation, right: Observation): number {
  if (left.known !== right.known) return left.known - right.known
  if (left.id !== right.id) return left.id < right.id ? -1 : 1
  if (left.version !== right.version) return left.version - right.version
  return left.content < right.content ? -1 : left.content > right.content ? 1 : 0
}
