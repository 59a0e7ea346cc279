import { shortHash } from '../../core/hash.ts'
import { type Observation, observationId } from '../../core/observation.ts'

/** The feed that the city's own decisions about records come by; nobody sends it from outside. */
export const OBJECTIONS_FEED = 'objections'
export const REPAIRS_FEED = 'repairs'

/** How a retraction stands: `held` while it is undecided, `final` for good, `lifted` as if it had never been said. */
export type RetractionState = 'held' | 'final' | 'lifted'

/** Versions are ordered by how final they are, whatever order they arrive in. */
const VERSIONS: Readonly<Record<RetractionState, number>> = { held: 1, lifted: 2, final: 3 }

export interface RetractionOf {
  readonly realm: string
  readonly feed: typeof OBJECTIONS_FEED | typeof REPAIRS_FEED
  readonly kind: 'withdrawal' | 'correction' | 'repair'
  /** Id of the objection or the repair. */
  readonly by: string
  readonly target: string
  readonly enterprise: string
  readonly authority: string
  /** UTC ms of the realm's clock: when it became known. */
  readonly known: number
  /** Wall time, UTC ms. */
  readonly received: number
}

/**
 * The observation that takes a record back from its whole past. It names the record by its id and not by a version: what
 * the source sends again of the same record stays taken back, until the objection or repair itself is decided otherwise.
 */
export function retractionOf(of: RetractionOf, state: RetractionState): Observation {
  const { realm, feed, kind, by, target, enterprise, authority, known, received } = of
  return {
    realm,
    feed,
    record: by,
    part: 'retraction',
    id: observationId(feed, by, 'retraction'),
    version: VERSIONS[state],
    content: shortHash(`${target} ${kind} ${state}`),
    kind,
    subject: enterprise,
    authority,
    trust: 'verified',
    district: '',
    industry: '',
    cause: '',
    occurred: known,
    decided: known,
    published: 0,
    known,
    received,
    value: null,
    unit: '',
    facts: { retracts: target },
    source: `${feed}/${by}`,
    line: 0,
    gone: state === 'lifted' ? 1 : 0,
  }
}

/** The same under each enterprise that the record is about. */
export function retractionsOf(
  of: Omit<RetractionOf, 'enterprise'>,
  enterprises: readonly string[],
  state: RetractionState,
): Observation[] {
  return [...new Set(enterprises)].map((enterprise) => retractionOf({ ...of, enterprise }, state))
}

/** What an authority says that a record should have said; what is absent stays as it was. */
export interface CorrectedValues {
  readonly value?: number | null
  readonly cause?: string
  readonly occurred?: number
  readonly decided?: number
  readonly facts?: Readonly<Record<string, string>>
}

/**
 * The record as it should have been, in place of the one that is taken back: known when the wrong one became known, so
 * that the past reads as if it had been right from the start. Of the same feed, so that the same indicators count it.
 */
export function correctedObservation(
  wrong: Observation,
  values: CorrectedValues,
  { by, known, received }: Pick<RetractionOf, 'by' | 'received'> & { readonly known: number },
): Observation {
  const record = shortHash(`${wrong.record} ${by}`)
  const corrected = { ...wrong, ...values, facts: { ...wrong.facts, ...values.facts } }
  const content = shortHash(JSON.stringify([corrected.value, corrected.cause, corrected.facts, by]))
  const id = observationId(wrong.feed, record, wrong.part)
  const place = { source: `${OBJECTIONS_FEED}/${by}`, line: 0 }
  return { ...corrected, record, id, version: 1, content, known, received, ...place, gone: 0 }
}
