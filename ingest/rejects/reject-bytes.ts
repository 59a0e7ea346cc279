import { Refusal } from '../../core/errors.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { Reject, RejectReading } from '../../core/reject.ts'
import type { Row, RowFormat } from '../decode/row.ts'
import { isRowFormat, readRows } from '../decode/row-reader.ts'

/** What a steward sees and mends: a whole small file, in UTF-8, so with the header where the format has one. */
export type WholeBytes = Uint8Array

/** The kept bytes of a record as a file of one record. Text becomes UTF-8; bytes of a format that is no text stay as they are. */
export function wholeOf(raw: Uint8Array, { format, encoding, columns }: RejectReading): WholeBytes {
  if (format === 'csv') {
    const record = Buffer.from(textOf(raw, encoding))
    return columns.length === 0 ? record : Buffer.concat([Buffer.from(`${columns.map(quoted).join(',')}\n`), record])
  }
  if (format === 'json') return Buffer.concat([Buffer.from('['), raw, Buffer.from(']')])
  return encoding === 'utf-8' ? raw : Buffer.from(textOf(raw, encoding))
}

/** The rows of a mended or unchanged file, each at the place of the reject and with what came beside its bytes. */
export function rowsOf(
  policy: FeedPolicy,
  whole: WholeBytes,
  reject: RejectReading & Pick<Reject, 'line' | 'reason'>,
): Row[] {
  const { around } = reject
  const beside = Object.keys(around)
  const required = policy.required.filter((column) => !beside.includes(column))
  const oneOf = policy.oneOf?.filter((group) => !group.some((column) => beside.includes(column)))
  const format = formatOf(reject)
  const rows = readRows({ ...policy, required, oneOf: oneOf ?? [] }, whole, { format })
  return rows.map((row): Row => {
    // Of a file the header is at the reject's place, and each record below it.
    const line = isFile(reject) ? reject.line + row.line - 1 : reject.line
    if (row.fields === undefined || beside.length === 0) return { ...row, line }
    const columns = [...new Set([...row.columns, ...beside])]
    return { ...row, line, columns, fields: { ...row.fields, ...around }, around }
  })
}

/** A reject that is a file and not a record: it may hold many. */
export function isFile({ reason }: Pick<Reject, 'reason'>): boolean {
  return reason === 'wrong-header' || reason === 'wrong-content'
}

/** Bytes that are not of their encoding show as replacement characters: a steward sees where. */
function textOf(raw: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(raw)
}

function quoted(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}

/** Errors: `Refusal` for a format that this version cannot read. */
export function formatOf({ format }: Pick<RejectReading, 'format'>): RowFormat {
  if (!isRowFormat(format))
    throw new Refusal({ zh: `没有格式“${format}”的解码器`, en: `There is no decoder for the format "${format}"` })
  return format
}
