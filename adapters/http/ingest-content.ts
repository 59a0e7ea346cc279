import type { IncomingHttpHeaders } from 'node:http'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { contentFault } from '../../ingest/decode/content.ts'
import type { RowFormat, RowOptions } from '../../ingest/decode/row.ts'
import { encodingOf, formatOf } from '../../ingest/decode/row-reader.ts'
import { isPacked } from '../../ingest/decode/unpack.ts'
import { isZip } from '../../ingest/decode/zip.ts'
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

/** What the sender says of its body. */
export interface SaidContent {
  /** Where it names no charset the feed's policy does. */
  readonly rows: RowOptions
  /** `either`: an archive, of which the bytes tell which. */
  readonly packing: 'gzip' | 'either' | undefined
}

/** Errors: `RefusedRequest`. */
export function readContentType(headers: IncomingHttpHeaders): SaidContent {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const name = parameters.map((each) => /^\s*charset="?([^"\s]+)"?\s*$/.exec(each)?.[1]).find((each) => each)
  const format = Object.hasOwn(FORMATS, type.trim()) ? FORMATS[type.trim()] : undefined
  const encoding = name !== undefined && Object.hasOwn(ENCODINGS, name) ? ENCODINGS[name] : undefined
  const compressed = headers['content-encoding'] ?? 'identity'
  const packing = compressed === 'gzip' ? 'gzip' : PACKED.has(type.trim()) ? 'either' : undefined
  const isKnown = format !== undefined || PACKED.has(type.trim())
  if (!isKnown || (name !== undefined && encoding === undefined) || !/^(identity|gzip)$/.test(compressed)) {
    throw new RefusedRequest('unsupported-content')
  }
  const rows = { ...(format === undefined ? {} : { format }), ...(encoding === undefined ? {} : { encoding }) }
  return { rows, packing }
}

/** Errors: `RefusedRequest` where the bytes are not what was said of them. */
export function checkContent({ rows, packing }: SaidContent, policy: FeedPolicy, bytes: Uint8Array): void {
  const is = packingOf(bytes)
  if (packing !== undefined && (is === undefined || (packing === 'gzip' && is !== 'gzip'))) {
    const detail =
      packing === 'gzip'
        ? { zh: '声明为 gzip 压缩,其字节不是 gzip。', en: 'It is said to be in gzip, and its bytes are no gzip.' }
        : {
            zh: '声明为压缩包,其字节既不是 ZIP 也不是 gzip。',
            en: 'It is said to be an archive, and its bytes are neither ZIP nor gzip.',
          }
    throw new RefusedRequest('wrong-content', { detail })
  }
  if (is !== undefined) return
  const format = formatOf(policy, '', rows)
  const detail = contentFault(format, encodingOf(policy, format, rows), bytes)
  if (detail !== undefined) throw new RefusedRequest('wrong-content', { detail })
}

/** Errors: `RefusedRequest` where a workbook came under the type of a text: it cannot be read as one. */
export function checkWorkbook({ rows }: SaidContent, policy: FeedPolicy, bytes: Uint8Array, isOneFile: boolean): void {
  const format = formatOf(policy, '', rows)
  if (packingOf(bytes) !== 'zip' || !isOneFile || format === 'xlsx') return
  const detail = contentFault(format, 'auto', bytes)
  if (detail !== undefined) throw new RefusedRequest('wrong-content', { detail })
}

function packingOf(bytes: Uint8Array): 'zip' | 'gzip' | undefined {
  if (!isPacked(bytes)) return undefined
  return isZip(bytes) ? 'zip' : 'gzip'
}
