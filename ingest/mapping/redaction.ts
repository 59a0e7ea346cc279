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
  let isContent: readonly boolean[] = []
  let order: readonly string[] = []
  let openText: readonly boolean[] = []

  function arrange(columns: readonly string[]): void {
    known = columns
    order = [...new Set(columns)].sort()
    openText = order.map((column) => !structural.has(column))
    isContent = order.map((column) => !envelope.has(column))
  }

  function textOfRow(fields: Fields): string {
    let text = ''
    for (let i = 0; i < order.length; i++) {
      const column = order[i] ?? ''
      const value = fields[column] ?? ''
      if (value !== '' && isContent[i] === true) text += column + UNIT_SEPARATOR + value + RECORD_SEPARATOR
    }
    return text
  }

  function holdsPersonal(fields: Fields): boolean {
    if (personal.size > 0) return true
    for (let i = 0; i < order.length; i++) {
      if (openText[i] === true && mayHoldPersonalNumbers(fields[order[i] ?? ''] ?? '')) return true
    }
    return false
  }

  return function redact(fields, columns) {
    if (columns !== known) arrange(columns)
    if (!holdsPersonal(fields)) return { fields, text: textOfRow(fields) }
    const hidden: Record<string, string> = {}
    for (let i = 0; i < order.length; i++) {
      const column = order[i] ?? ''
      const value = fields[column] ?? ''
      if (personal.has(column)) hidden[column] = personalToken(value, key)
      else hidden[column] = openText[i] === true ? hidePersonalNumbers(value, key) : value
    }
    return { fields: hidden, text: textOfRow(hidden) }
  }
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
