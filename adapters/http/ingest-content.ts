import type { IncomingHttpHeaders } from 'node:http'
import type { RowFormat, RowOptions } from '../../ingest/decode/row.ts'
import { RefusedRequest } from './ingest-errors.ts'

const FORMATS: Readonly<Record<string, RowFormat>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/json': 'json',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
}
/** Of the files in them the names and the policy tell. */
const PACKED: ReadonlySet<string> = new Set(['application/zip', 'application/gzip'])
const ENCODINGS: Readonly<Record<string, 'utf-8' | 'gb18030'>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  gb18030: 'gb18030',
  gbk: 'gb18030',
  gb2312: 'gb18030',
}

/** What the sender says of its body; where it names no charset the feed's policy does. Errors: `RefusedRequest`. */
export function readContentType(headers: IncomingHttpHeaders): RowOptions {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const name = parameters.map((each) => /^\s*charset="?([^"\s]+)"?\s*$/.exec(each)?.[1]).find((each) => each)
  const format = Object.hasOwn(FORMATS, type.trim()) ? FORMATS[type.trim()] : undefined
  const encoding = name !== undefined && Object.hasOwn(ENCODINGS, name) ? ENCODINGS[name] : undefined
  const compressed = headers['content-encoding'] ?? 'identity'
  const isKnown = format !== undefined || PACKED.has(type.trim())
  if (!isKnown || (name !== undefined && encoding === undefined) || !/^(identity|gzip)$/.test(compressed)) {
    throw new RefusedRequest('unsupported-content')
  }
  return { ...(format === undefined ? {} : { format }), ...(encoding === undefined ? {} : { encoding }) }
}
