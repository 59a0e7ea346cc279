import type { FeedPolicy, ObservationPolicy, Take } from '../../core/feed-policy.ts'
import { type Observation, observationId } from '../../core/observation.ts'
import { compileFacts, type FactReader } from './facts.ts'
import { compileValue, type Fault, type ReadInstantTake } from './readers.ts'
import type { RowFrame } from './row-frame.ts'
import { compileStrict } from './strict.ts'
import { compileText, type Fields, originOf, type ReadText } from './take.ts'
import { compileWhen } from './when.ts'

/** Its version is set when all parts of the row are there. */
export type Draft = { -readonly [Field in keyof Observation]: Observation[Field] }

export interface CompiledPart {
  readonly applies: (fields: Fields) => boolean
  readonly read: (frame: RowFrame) => Draft | Fault
}

interface PartRealm {
  readonly realm: string
  readonly zoneOffsetMinutes: number
}

export function compilePart(
  part: ObservationPolicy,
  policy: FeedPolicy,
  realm: PartRealm,
  key: Uint8Array,
  compileInstant: (take: Take) => ReadInstantTake,
): CompiledPart {
  const zone = realm.zoneOffsetMinutes
  const readCause: ReadText = part.cause === undefined ? () => '' : compileText(part.cause, zone)
  const readOptionalInstant = (take: Take | undefined): ReadInstantTake =>
    take === undefined ? () => undefined : compileInstant(take)
  const readOccurred = readOptionalInstant(part.occurred)
  const readDecided = readOptionalInstant(part.decided)
  const readPublished = readOptionalInstant(part.published)
  const readKnown = compileInstant(part.known)
  const knownMissing: Fault = {
    reason: 'missing-value',
    hint: {
      zh: `${originOf(part.known)}:为空,而它说明何时知悉`,
      en: `${originOf(part.known)}: empty, and it says when it was known`,
    },
  }
  const readValue = compileValue(part, key)
  const readFacts = compileFacts(factReaders(part, policy, zone))
  const findFault = compileStrict(
    [...(part.cause === undefined ? [] : [part.cause]), ...Object.values(part.facts ?? {})],
    zone,
    key,
  )
  const trust = part.trust ?? policy.trust
  function read(frame: RowFrame): Draft | Fault {
    const { fields, name, latest } = frame
    const fault = findFault(fields, name)
    if (fault !== undefined) return fault
    const known = readKnown(fields, name, latest) ?? knownMissing
    if (typeof known === 'object') return known
    const occurred = readOccurred(fields, name, latest) ?? 0
    if (typeof occurred === 'object') return occurred
    const decided = readDecided(fields, name, latest) ?? 0
    if (typeof decided === 'object') return decided
    const published = readPublished(fields, name, latest) ?? 0
    if (typeof published === 'object') return published
    const value = readValue(fields, name)
    if (typeof value === 'object' && value !== null) return value
    return {
      realm: realm.realm,
      feed: policy.feed,
      record: frame.record,
      part: part.part,
      id: observationId(policy.feed, frame.record, part.part),
      version: 0,
      content: frame.content,
      kind: part.kind,
      subject: frame.subject.subject,
      authority: frame.authority,
      trust,
      district: frame.district,
      industry: frame.industry,
      cause: readCause(fields, name),
      occurred,
      decided,
      published,
      known,
      received: frame.received,
      value,
      unit: part.unit ?? '',
      facts: readFacts(frame, value),
      source: frame.source,
      line: frame.line,
      gone: 0,
    }
  }

  return { applies: compileWhen(part.when ?? []), read }
}

/** What the policy declares, and what every part says of itself under names that the policy leaves free. */
function factReaders(part: ObservationPolicy, policy: FeedPolicy, zoneOffsetMinutes: number): FactReader[] {
  const declared = Object.entries(part.facts ?? {}).map(([fact, take]): FactReader => {
    const readText = compileText(take, zoneOffsetMinutes)
    return [fact, ({ fields, name }) => readText(fields, name)]
  })
  const own: FactReader[] = [['usccStatus', ({ subject }) => (subject.status === 'legacy' ? 'legacy' : '')]]
  if (part.value !== undefined) own.push(['quality', (_, value) => (value === null ? 'missing' : '')])
  // A registration says what an enterprise is: who folds it reads its facts alone.
  if (part.kind === 'registration') {
    own.push(['district', ({ district }) => district], ['industry', ({ industry }) => industry])
  }
  // Where a feed registers enterprises, their place goes into the registration alone.
  if (part.kind === 'registration' || policy.observations.every(({ kind }) => kind !== 'registration')) {
    own.push(
      ['place', ({ subject }) => subject.square?.place ?? ''],
      ['latitude', ({ subject }) => degrees(subject.square?.latitude)],
      ['longitude', ({ subject }) => degrees(subject.square?.longitude)],
    )
  }
  return [...declared, ...own.filter(([fact]) => part.facts?.[fact] === undefined)]
}

/** To 10 centimetres: more digits than that no survey of an address gives. */
function degrees(number: number | undefined): string {
  return number === undefined ? '' : String(Math.round(number * 1e6) / 1e6)
}

/** A part that the record's new version no longer has. */
export function tombstone(sibling: Observation, gone: ObservationPolicy): Observation {
  return {
    ...sibling,
    part: gone.part,
    id: observationId(sibling.feed, sibling.record, gone.part),
    kind: gone.kind,
    cause: '',
    occurred: 0,
    decided: 0,
    published: 0,
    value: null,
    unit: '',
    facts: {},
    gone: 1,
  }
}
