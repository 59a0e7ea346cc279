import type { FeedPolicy } from '../../core/feed-policy.ts'
import { hidePersonalNumbers } from '../mapping/personal.ts'
import { compileRedaction } from '../mapping/redaction.ts'
import type { Sealer } from '../sealed-bytes.ts'
import type { FoundReject } from './find-rejects.ts'
import { rowsOf, wholeOf } from './reject-bytes.ts'

/** A reject opened for a steward. */
export interface ShownReject extends Omit<FoundReject, 'sealed'> {
  /** The file to mend, where the format is text: as it came where revealed, else with persons' numbers hidden. */
  readonly text: string
  /** The bytes in hexadecimal, where the format is no text and they were to be revealed. */
  readonly hex: string
  /** The row's fields, where it could be read into any; persons' numbers as tokens unless revealed. */
  readonly fields: Readonly<Record<string, string>>
  readonly revealed: boolean
}

/** Runs of digits that may be a person's, in rows that could not be read: old identity numbers have 15. */
const LONG_NUMBERS = /[0-9０-９]{11,}[Xx]?/g
/** An identity number by its date alone: one that was typed wrongly fails its check digit, and is somebody's all the same. */
const MISTYPED = /[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]/g
const HIDDEN = '[hidden]'

/** Opens a reject; what is not `revealed` shows no number of a person, also where the row cannot be read. */
export function showReject(
  { sealed, ...found }: FoundReject,
  policy: FeedPolicy,
  { sealer, personalKey }: { readonly sealer: Sealer; readonly personalKey: Uint8Array },
  revealed: boolean,
): ShownReject {
  const whole = wholeOf(sealer.open(found.id, sealed), found)
  const text = textIn(whole)
  const redact = compileRedaction(policy, personalKey)
  const [row] = rowsOf(policy, whole, found)
  const fields =
    row?.fields === undefined ? {} : revealed ? row.fields : hidden(redact(row.fields, row.columns).fields, personalKey)
  if (revealed) {
    const hex = text === undefined ? Buffer.from(whole).toString('hex') : ''
    return { ...found, text: text ?? '', hex, fields, revealed }
  }
  // A row that can be read shows as its fields, whose personal columns the policy names.
  const masked = row?.fields === undefined ? hidePersonalNumbers(text ?? '', personalKey) : ''
  return { ...found, text: masked.replace(LONG_NUMBERS, HIDDEN), hex: '', fields, revealed }
}

/** Also in columns that the policy takes for codes: a person's number in the wrong column is why rows are rejected. */
function hidden(fields: Readonly<Record<string, string>>, key: Uint8Array): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).map(([column, text]) => [column, hidePersonalNumbers(text, key).replace(MISTYPED, HIDDEN)]),
  )
}

/** The bytes as text, where they are that. */
function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return [...text].some((each) => each < ' ' && !'\t\r\n'.includes(each)) ? undefined : text
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
