import type { Observation } from './observation.ts'

/**
 * An observation as a line of the log, which is also its row in the history: JSON with the fields in a fixed order.
 * What is empty, 0 or null is left out (a column's default says the same), except where every line has it: it is the
 * greater part of the fields, and everybody on the way pays for each byte.
 */
export function observationLine(observation: Observation): string {
  const { value, facts, occurred, decided, published, gone } = observation
  let line = `{"realm":${word(observation.realm)},"feed":${word(observation.feed)},"record":${quote(observation.record)}`
  line += `,"part":${word(observation.part)},"id":${quote(observation.id)},"version":${observation.version}`
  line += `,"content":${quote(observation.content)},"kind":${word(observation.kind)}`
  line += `,"subject":${quote(observation.subject)}`
  line += optional('authority', observation.authority)
  line += `,"trust":${word(observation.trust)}`
  line += optional('district', observation.district)
  line += optional('industry', observation.industry)
  line += optional('cause', observation.cause)
  if (occurred !== 0) line += `,"occurred":${occurred}`
  if (decided !== 0) line += `,"decided":${decided}`
  if (published !== 0) line += `,"published":${published}`
  line += `,"known":${observation.known},"received":${observation.received}`
  if (value !== null) line += `,"value":${Number.isFinite(value) ? value : 'null'}`
  line += optional('unit', observation.unit)
  line += factsOf(facts)
  line += optional('source', observation.source)
  line += `,"line":${observation.line}`
  return gone === 0 ? `${line}}` : `${line},"gone":1}`
}

function optional(name: string, text: string): string {
  return text === '' ? '' : `,"${name}":${word(text)}`
}

function factsOf(facts: Observation['facts']): string {
  let text = ''
  for (const name in facts) {
    const value = facts[name]
    if (value !== undefined) text += `${text === '' ? ',"facts":{' : ','}${word(name)}:${quote(value)}`
  }
  return text === '' ? '' : `${text}}`
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
 * Reads lines of the log as `observationLine` writes them: what a line leaves out is empty, 0 or null.
 * Errors: `SyntaxError` for what is no JSON.
 */
export function readObservations(bytes: Uint8Array): Observation[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const observations: Observation[] = []
  let from = 0
  while (from < text.length) {
    const found = text.indexOf('\n', from)
    const end = found < 0 ? text.length : found
    if (end > from) observations.push(complete(JSON.parse(text.slice(from, end))))
    from = end + 1
  }
  return observations
}

function complete(read: Partial<Observation>): Observation {
  const { realm = '', feed = '', record = '', part = '', id = '', version = 0, content = '', subject = '' } = read
  const { kind = 'registration', authority = '', trust = 'reported', district = '', industry = '', cause = '' } = read
  const { occurred = 0, decided = 0, published = 0, known = 0, received = 0, value = null, unit = '' } = read
  const { facts = NO_FACTS, source = '', line = 0, gone = 0 } = read
  return {
    realm,
    feed,
    record,
    part,
    id,
    version,
    content,
    kind,
    subject,
    authority,
    trust,
    district,
    industry,
    cause,
    occurred,
    decided,
    published,
    known,
    received,
    value,
    unit,
    facts,
    source,
    line,
    gone,
  }
}
