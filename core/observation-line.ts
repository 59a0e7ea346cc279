import type { RowForm } from './history.ts'
import { type Observation, observationId } from './observation.ts'

/**
 * The fields of a line in their order, which are the history's columns. `id` is not among them: it is made of feed, record
 * and part.
 */
const COLUMNS = [
  'realm',
  'feed',
  'record',
  'part',
  'version',
  'content',
  'kind',
  'subject',
  'authority',
  'trust',
  'district',
  'industry',
  'cause',
  'occurred',
  'decided',
  'published',
  'known',
  'received',
  'value',
  'unit',
  'facts',
  'source',
  'line',
  'gone',
] as const satisfies readonly (keyof Observation)[]

/** Lines of the log as rows of the table of observations. */
export const OBSERVATION_FORM: RowForm = { format: 'JSONCompactEachRow', columns: COLUMNS }

/**
 * An observation as a line of the log, which is also its row in the history: a JSON array of the fields above. Names
 * would be nearly half of the bytes, and everybody on the way pays for each.
 */
export function observationLine(observation: Observation): string {
  const { record, content, subject, authority, district, industry, cause, value, facts, source } = observation
  const { version, occurred, decided, published, known, received, line, gone } = observation
  const fixed = fixedPieces(observation)
  let text = `${fixed.head}${quote(record)}${fixed.part}${version},${quote(content)}${fixed.kind}${quote(subject)}`
  text += `,${word(authority)}${fixed.trust}${word(district)},${word(industry)},${word(cause)}`
  text += `,${occurred},${decided},${published},${known},${received}`
  text += value !== null && Number.isFinite(value) ? `,${value}` : ',null'
  return `${text}${fixed.unit}${factsOf(facts)},${word(source)},${line},${gone}]`
}

/** What the lines of one part of a feed have in common, with the commas around it. */
interface FixedPieces {
  readonly of: Observation
  readonly head: string
  readonly part: string
  readonly kind: string
  readonly trust: string
  readonly unit: string
}

/** Of the line before: rows of a feed come one after the other. */
let piecesBefore: FixedPieces | undefined

function fixedPieces(observation: Observation): FixedPieces {
  const { realm, feed, part, kind, trust, unit } = observation
  const of = piecesBefore?.of
  const isSame = of?.part === part && of.feed === feed && of.realm === realm
  if (piecesBefore !== undefined && isSame && of.kind === kind && of.trust === trust && of.unit === unit) {
    return piecesBefore
  }
  piecesBefore = {
    of: observation,
    head: `[${word(realm)},${word(feed)},`,
    part: `,${word(part)},`,
    kind: `,${word(kind)},`,
    trust: `,${word(trust)},`,
    unit: `,${word(unit)},`,
  }
  return piecesBefore
}

function factsOf(facts: Observation['facts']): string {
  let text = '{'
  for (const name in facts) {
    const value = facts[name]
    if (value !== undefined) text += `${text === '{' ? '' : ','}${word(name)}:${quote(value)}`
  }
  return `${text}}`
}

/** Anything that JSON has to escape, and lone surrogates, which only `JSON.stringify` writes as they must be. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

function quote(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** Texts that come again and again: names, codes, sources. */
const words = new Map<string, string>()
const WORDS_KEPT = 4_096

function word(text: string): string {
  const known = words.get(text)
  if (known !== undefined) return known
  if (words.size >= WORDS_KEPT) words.clear()
  const quoted = quote(text)
  words.set(text, quoted)
  return quoted
}

const NO_FACTS: Readonly<Record<string, string>> = {}

/**
 * Reads lines of the log as `observationLine` writes them, and as versions before it wrote them: objects, whose missing
 * fields are empty, 0 or null. Errors: `SyntaxError` for what is neither.
 */
export function readObservations(bytes: Uint8Array): Observation[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const observations: Observation[] = []
  let from = 0
  while (from < text.length) {
    const found = text.indexOf('\n', from)
    const end = found < 0 ? text.length : found
    if (end > from) observations.push(observationOf(JSON.parse(text.slice(from, end))))
    from = end + 1
  }
  return observations
}

type Fields = readonly [
  realm: string,
  feed: string,
  record: string,
  part: string,
  version: number,
  content: string,
  kind: Observation['kind'],
  subject: string,
  authority: string,
  trust: Observation['trust'],
  district: string,
  industry: string,
  cause: string,
  occurred: number,
  decided: number,
  published: number,
  known: number,
  received: number,
  value: number | null,
  unit: string,
  facts: Observation['facts'],
  source: string,
  line: number,
  gone: 0 | 1,
]

/** By place and not by a loop: half of the time that reading a line takes would be lost in it. */
function observationOf(read: Fields | Partial<Observation>): Observation {
  if (!isFields(read)) return complete(read)
  return {
    realm: read[0],
    feed: read[1],
    record: read[2],
    part: read[3],
    id: observationId(read[1], read[2], read[3]),
    version: read[4],
    content: read[5],
    kind: read[6],
    subject: read[7],
    authority: read[8],
    trust: read[9],
    district: read[10],
    industry: read[11],
    cause: read[12],
    occurred: read[13],
    decided: read[14],
    published: read[15],
    known: read[16],
    received: read[17],
    value: read[18],
    unit: read[19],
    facts: read[20],
    source: read[21],
    line: read[22],
    gone: read[23],
  }
}

function isFields(read: Fields | Partial<Observation>): read is Fields {
  if (!Array.isArray(read)) return false
  if (read.length === COLUMNS.length) return true
  throw new SyntaxError(`a line of the log has ${read.length} fields instead of ${COLUMNS.length}`)
}

function complete(read: Partial<Observation>): Observation {
  const { realm = '', feed = '', record = '', part = '', version = 0, content = '', subject = '' } = read
  const { kind = 'registration', authority = '', trust = 'reported', district = '', industry = '', cause = '' } = read
  const { occurred = 0, decided = 0, published = 0, known = 0, received = 0, value = null, unit = '' } = read
  const { facts = NO_FACTS, source = '', line = 0, gone = 0 } = read
  const [what, when] = [
    { kind, subject, authority, trust, district, industry, cause },
    { occurred, decided, published, known, received },
  ]
  const id = observationId(feed, record, part)
  return { realm, feed, record, part, id, version, content, ...what, ...when, value, unit, facts, source, line, gone }
}

const OPEN_BRACE = 0x7b

/** The lines of a batch as rows of `OBSERVATION_FORM`: as they are, or written anew where an older version wrote them. */
export function observationRows(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== OPEN_BRACE) return bytes
  const observations = readObservations(bytes)
  return Buffer.from(observations.map((observation) => `${observationLine(observation)}\n`).join(''))
}
