import type { Bilingual } from '../../core/bilingual.ts'
import type { FeedPolicy, Take } from '../../core/feed-policy.ts'
import { shortHash } from '../../core/hash.ts'
import type { Observation } from '../../core/observation.ts'
import type { RejectReason } from '../../core/reject.ts'
import { DAY_MS } from '../../core/time.ts'
import type { ReadableRow } from '../decode/row.ts'
import type { Head, RecordKey } from '../record-index.ts'
import { compilePart, type Draft, tombstone } from './compile-part.ts'
import { compileVersion } from './compile-version.ts'
import { partBits } from './part-bits.ts'
import { createInstantCompiler } from './readers.ts'
import { compileRedaction } from './redaction.ts'
import type { RowFrame } from './row-frame.ts'
import { compileStrict } from './strict.ts'
import { compileSubject } from './subject.ts'
import { compileText, type Fields, originOf, type ReadText, textOf } from './take.ts'

/** What a mapping needs of its realm. */
export interface FeedRealm {
  readonly realm: string
  readonly clock: 'live' | 'event'
  readonly zoneOffsetMinutes: number
  readonly placeGridMilliDegrees: number
}

export interface FeedSecrets {
  /** Key of the tokens that stand for personal numbers. */
  readonly personalKey: Uint8Array
  /** Registered codes that fail their check digit and are legal all the same. */
  readonly legacyCodes: ReadonlySet<string>
}

export interface RowContext {
  /** File name or request: goes into the observation. */
  readonly source: string
  /** Wall time, UTC milliseconds. */
  readonly received: number
  /** How many rows of the same content came before in the same file, 0 for the first; asked only of feeds without a key. */
  readonly occurrence: (content: string) => number
}

export interface KeptRow extends RecordKey, Head {
  /** Every part of the policy that applies, in the policy's order. */
  readonly observations: readonly Observation[]
}

export interface RowRejection {
  readonly reason: RejectReason
  /** What to mend; names the column. */
  readonly hint: Bilingual
  /**
   * With `no-observation-applies`: the record with all its parts gone. Where admission knows the record, this is its
   * new version and no reject.
   */
  readonly emptied?: KeptRow
  /** With `unbound-device` or `unbound-place`: what releases the row. */
  readonly parked?: { readonly subject: string; readonly known: number }
}

/** What can be said of a row that was rejected; empty where it does not say it. */
export interface RowDescription {
  readonly authority: string
  readonly record: string
  readonly name: string
}

export type Mapped =
  | { readonly kept: KeptRow; readonly rejected?: undefined }
  | { readonly kept?: undefined; readonly rejected: RowRejection }

export interface CompiledFeed {
  readonly policy: FeedPolicy
  /** Pure and total: every readable row is kept or rejected. */
  mapRow(row: ReadableRow, context: RowContext): Mapped
  /** For a new version of a known record: the parts that no longer apply, as observations with `gone` 1. */
  goneParts(kept: KeptRow): readonly Observation[]
  /** For rejects alone; slower than mapping. */
  describe(row: ReadableRow, source: string): RowDescription
}

/**
 * Compiles a feed's policy once; what comes out reads rows without looking at the policy again.
 * Errors: `RangeError` for a policy that cannot be compiled (a date pattern without a year).
 */
export function compileFeed(policy: FeedPolicy, realm: FeedRealm, secrets: FeedSecrets): CompiledFeed {
  const redact = compileRedaction(policy, secrets.personalKey)
  const readSubject = compileSubject(policy.subject, realm.placeGridMilliDegrees, secrets.legacyCodes)
  const recordOf = compileRecord(policy, realm.zoneOffsetMinutes)
  const keyEmpty = {
    reason: 'missing-value',
    hint: { zh: `${policy.key.map(originOf).join('+')}:为空`, en: `${policy.key.map(originOf).join('+')}: empty` },
  } as const
  const lackOf = compileOneOf(policy)
  const findFault = compileStrict(sharedTakes(policy), realm.zoneOffsetMinutes, secrets.personalKey)
  const compileInstant = createInstantCompiler(realm.zoneOffsetMinutes, secrets.personalKey)
  const readVersion = compileVersion(policy, compileInstant)
  const compileOptional = (take: Take | undefined): ReadText =>
    take === undefined ? () => '' : compileText(take, realm.zoneOffsetMinutes)
  const readAuthority = compileText(policy.authority, realm.zoneOffsetMinutes)
  const readDistrict = compileOptional(policy.district)
  const readIndustry = compileOptional(policy.industry)
  const readSubjectName = compileOptional(policy.subject.name)
  const bits = partBits(policy)
  const parts = policy.observations.map((part) => ({
    ...compilePart(part, policy, realm, secrets.personalKey, compileInstant),
    bit: bits.get(part.part) ?? 0,
  }))
  let sourceSeen = ''
  let nameSeen = ''

  function nameOf(source: string): string {
    if (source !== sourceSeen) {
      sourceSeen = source
      nameSeen = source.slice(source.lastIndexOf('/') + 1).replace(/\.[A-Za-z0-9]{1,8}$/, '')
    }
    return nameSeen
  }

  function mapRow(row: ReadableRow, context: RowContext): Mapped {
    const lack = lackOf(row.columns)
    if (lack !== undefined) return { rejected: lack }
    const { fields, text } = redact(row.fields, row.columns)
    const name = nameOf(context.source)
    const fault = findFault(fields, name)
    if (fault !== undefined) return { rejected: fault }
    const subject = readSubject(fields, name)
    if (subject.subject === undefined) return { rejected: subject.rejected }
    const content = shortHash(text)
    const record = recordOf(fields, name, subject.subject, content, context)
    if (record === undefined) return { rejected: keyEmpty }
    const latest = realm.clock === 'live' ? context.received + DAY_MS : Number.POSITIVE_INFINITY
    const { source, received } = context
    const frame: RowFrame = {
      fields,
      name,
      latest,
      subject,
      record,
      content,
      authority: readAuthority(fields, name),
      district: readDistrict(fields, name),
      industry: readIndustry(fields, name),
      source,
      line: row.line,
      received,
    }

    const drafts: Draft[] = []
    let had = 0
    for (const part of parts) {
      if (!part.applies(fields)) continue
      const draft = part.read(frame)
      if ('reason' in draft) return { rejected: draft }
      drafts.push(draft)
      had |= part.bit
    }
    return drafts.length === 0 ? nothingApplies(frame) : finish(frame, drafts, had >>> 0)
  }

  function finish(frame: RowFrame, drafts: Draft[], had: number): Mapped {
    const version = readVersion(frame, drafts)
    if (typeof version !== 'number') return { rejected: version }
    let known = 0
    for (const draft of drafts) {
      draft.version = version
      known = Math.max(known, draft.known)
    }
    const { subject, record, content } = frame
    return { kept: { record, content, version, known, parts: had, subject: subject.subject, observations: drafts } }
  }

  function nothingApplies(frame: RowFrame): Mapped {
    const rejection = {
      reason: 'no-observation-applies',
      hint: { zh: '映射规则中没有一个条件成立', en: 'no condition of the mapping holds' },
    } as const
    for (const part of parts) {
      const draft = part.read(frame)
      const kept = 'reason' in draft ? undefined : finish(frame, [draft], 0).kept
      const [first] = kept?.observations ?? []
      if (kept === undefined || first === undefined) continue
      const observations = policy.observations.map((gone) => tombstone(first, gone))
      return { rejected: { ...rejection, emptied: { ...kept, observations } } }
    }
    return { rejected: rejection }
  }

  function goneParts(kept: KeptRow): readonly Observation[] {
    const [first] = kept.observations
    if (first === undefined) return []
    const present = new Set(kept.observations.map((observation) => observation.part))
    return policy.observations.filter(({ part }) => !present.has(part)).map((gone) => tombstone(first, gone))
  }

  function describe(row: ReadableRow, source: string): RowDescription {
    const { fields } = redact(row.fields, row.columns)
    const name = nameOf(source)
    const subject = readSubject(fields, name).subject ?? ''
    const context = { source, received: 0, occurrence: () => 0 }
    const record = policy.key.length === 0 ? undefined : recordOf(fields, name, subject, '', context)
    return { authority: readAuthority(fields, name), record: record ?? '', name: readSubjectName(fields, name) }
  }

  return { policy, mapRow, goneParts, describe }
}

/**
 * The same key names the same record whatever else the row says; without a key the n-th of equal rows is the n-th
 * record. Where the source's name is the subject, equal rows of two sources are two records.
 */
function compileRecord(policy: FeedPolicy, zoneOffsetMinutes: number): ReadRecord {
  const { feed } = policy
  const key = policy.key.map(
    (take): ReadText =>
      typeof take === 'string' ? (fields) => textOf(fields, take) : compileText(take, zoneOffsetMinutes),
  )
  const bySource = policy.subject.id?.source !== undefined
  return (fields, name, subject, content, context) => {
    const scope = bySource ? `${feed}\u001e${subject}` : feed
    if (key.length === 0) return shortHash(`${scope}\u001f${content}\u001f${context.occurrence(content)}`)
    let text = scope
    let any = false
    for (const read of key) {
      const part = read(fields, name)
      any ||= part !== ''
      text += `\u001f${part}`
    }
    return any ? shortHash(text) : undefined
  }
}

type ReadRecord = (
  fields: Fields,
  name: string,
  subject: string,
  content: string,
  context: RowContext,
) => string | undefined

/** What all parts of a row share. */
function sharedTakes({ authority, district, industry, subject }: FeedPolicy): Take[] {
  return [authority, district, industry, subject.id].filter((take) => take !== undefined)
}

/** Of each group of names that a column has had, one must be there; asked once for all rows that share their columns. */
function compileOneOf({ oneOf = [] }: FeedPolicy): (columns: readonly string[]) => RowRejection | undefined {
  if (oneOf.length === 0) return () => undefined
  let known: readonly string[] | undefined
  let lack: RowRejection | undefined
  return (columns) => {
    if (columns !== known) {
      known = columns
      const missing = oneOf.filter((group) => !group.some((column) => columns.includes(column)))
      const named = (or: string, and: string) => missing.map((group) => group.join(or)).join(and)
      const hint = { zh: `没有列 ${named(' 或 ', '、')}`, en: `there is no column ${named(' or ', ', ')}` }
      lack = missing.length === 0 ? undefined : { reason: 'wrong-columns', hint }
    }
    return lack
  }
}
