import type { FeedPolicy, Take } from '../../core/feed-policy.ts'
import { hidePersonalNumbers, mayHoldPersonalNumbers, personalToken } from './personal.ts'
import { columnsOf, type Fields, nestedTakes } from './take.ts'

const UNIT_SEPARATOR = '\u001f'
const RECORD_SEPARATOR = '\u001e'

export interface Redacted {
  readonly fields: Fields
  /** Names and values of all columns that are not empty, by name, whatever their order; without the envelope. */
  readonly text: string
}

/**
 * Replaces personal numbers of a row before anything else reads it. Columns that are codes, dates or numbers by the
 * policy are left alone unless marked personal: a sensor may well read 13912345678.
 */
export function compileRedaction(
  policy: FeedPolicy,
  key: Uint8Array,
): (fields: Fields, columns: readonly string[]) => Redacted {
  const takes = allTakes(policy).flatMap(nestedTakes)
  const personal = new Set(takes.filter((take) => take.personal === true).flatMap(columnsOf))
  const structural = new Set(structuralTakes(policy).flatMap(columnsOf))
  const envelope = new Set(policy.envelope)
  let known: readonly string[] = []
  let order: readonly Column[] = []

  function arrange(columns: readonly string[]): void {
    known = columns
    order = [...new Set(columns)].sort().map((name) => ({
      name,
      isOpen: !structural.has(name),
      before: envelope.has(name) ? undefined : name + UNIT_SEPARATOR,
    }))
  }

  /** `undefined` where an open column may hold personal numbers. */
  function openText(fields: Fields): string | undefined {
    let text = ''
    for (const { name, isOpen, before } of order) {
      const value = fields[name] ?? ''
      if (isOpen && mayHoldPersonalNumbers(value)) return undefined
      if (value !== '' && before !== undefined) text += before + value + RECORD_SEPARATOR
    }
    return text
  }

  function hide(fields: Fields): Redacted {
    const hidden: Record<string, string> = {}
    let text = ''
    for (const { name, isOpen, before } of order) {
      const value = fields[name] ?? ''
      const shown = personal.has(name) ? personalToken(value, key) : isOpen ? hidePersonalNumbers(value, key) : value
      hidden[name] = shown
      if (shown !== '' && before !== undefined) text += before + shown + RECORD_SEPARATOR
    }
    return { fields: hidden, text }
  }

  return function redact(fields, columns) {
    if (columns !== known) arrange(columns)
    const text = personal.size > 0 ? undefined : openText(fields)
    return text === undefined ? hide(fields) : { fields, text }
  }
}

interface Column {
  readonly name: string
  /** Neither a code nor a date nor a number by the policy. */
  readonly isOpen: boolean
  /** What stands before its value in the content; `undefined` for the envelope. */
  readonly before: string | undefined
}

function allTakes(policy: FeedPolicy): Take[] {
  const { subject } = policy
  const takes = [
    policy.authority,
    policy.version,
    policy.district,
    policy.industry,
    subject.id,
    subject.latitude,
    subject.longitude,
    ...policy.key.filter((take) => typeof take !== 'string'),
    subject.name,
    ...numberTakes(policy),
  ]
  for (const part of policy.observations) {
    takes.push(
      part.cause,
      part.occurred,
      part.decided,
      part.published,
      part.known,
      part.value,
      ...Object.values(part.facts ?? {}),
    )
  }
  return takes.filter((take) => take !== undefined)
}

function structuralTakes(policy: FeedPolicy): Take[] {
  const { subject } = policy
  const numbers = policy.observations.flatMap((part) => [
    part.occurred,
    part.decided,
    part.published,
    part.known,
    part.value,
  ])
  const takes = [policy.version, subject.id, ...numberTakes(policy), subject.latitude, subject.longitude, ...numbers]
  return takes.filter((take) => take !== undefined)
}

function numberTakes({ subject }: FeedPolicy): readonly Take[] {
  return (subject.otherwise ?? []).map(({ id }) => id)
}
