import { Rejected } from '../../core/errors.ts'
import { FEED_FORMATS, type FeedPolicy } from '../../core/feed-policy.ts'
import { fileAsReject, LOOKED_AT_BYTES as KEPT_LOOKED_AT_BYTES } from '../file-as-reject.ts'
import { contentFault, LOOKED_AT_BYTES } from './content.ts'
import { createCsvSplitter } from './csv.ts'
import { createTextDecoder } from './decode-text.ts'
import { detectEncoding, HEAD_BYTES } from './detect-encoding.ts'
import { createGat1400Splitter } from './gat1400.ts'
import { createGb26875Splitter } from './gb26875.ts'
import { createHj212Splitter } from './hj212.ts'
import { createJsonSplitter } from './json.ts'
import { createJsonRowReader } from './json-row.ts'
import { createManscdpSplitter } from './manscdp.ts'
import { createNdjsonSplitter } from './ndjson.ts'
import { LINE_FEED, type RowLimits } from './record-scanner.ts'
import type { Row, RowFormat, RowOptions, RowSplitter } from './row.ts'
import { createSparkplugSplitter } from './sparkplug.ts'
import { readWorkbook } from './workbook.ts'
import { createXmlSplitter, DEFAULT_RECORD_ELEMENT } from './xml.ts'

export const DEFAULT_MAX_LINE_BYTES = 1 << 20
export const DEFAULT_MAX_DEPTH = 8

const OPEN_BRACE = 0x7b

type ReadFeed = Pick<FeedPolicy, 'format' | 'required' | 'oneOf' | 'encoding' | 'recordElement' | 'sheet'>

/**
 * Reads one file or stream of a feed in bounded memory: at most one record and one chunk are held, and of a workbook its
 * packed bytes. The format is the option's, else the one that the source's name ends in, else the policy's. Never throws
 * over content: a record that cannot be read is a row with an `error`.
 */
export function createRowReader(
  policy: ReadFeed,
  source: string,
  options: RowOptions = {},
): (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Row[]> {
  const format = formatOf(policy, source, options)
  if (format === 'xlsx') {
    return (chunks) => readWorkbook(chunks, { ...needsOf(policy), sheet: policy.sheet, ...boundsOf(options) })
  }
  return async function* read(chunks) {
    const encoding = encodingOf(policy, format, options)
    const looked = encoding === 'auto' ? HEAD_BYTES : LOOKED_AT_BYTES
    const reading = chunks[Symbol.asyncIterator]()
    try {
      const head = await collected(reading, looked)
      const fault = contentFault(format, encoding, head)
      if (fault !== undefined) {
        const rest = await collected(reading, KEPT_LOOKED_AT_BYTES - head.length)
        yield [fileAsReject(Buffer.concat([head, rest]), new Rejected('wrong-content', fault))]
        return
      }
      const splitter = createSplitter(policy, format, options, head)
      const first = splitter.push(head)
      if (first.length > 0) yield first
      for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
        const rows = splitter.push(next.value)
        if (rows.length > 0) yield rows
      }
      const rest = splitter.end()
      if (rest.length > 0) yield rest
    } finally {
      await reading.return?.()
    }
  }
}

/** So many bytes, or a chunk more; fewer where there are no more. */
async function collected(reading: AsyncIterator<Uint8Array>, least: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for (let bytes = 0; bytes < least; ) {
    const next = await reading.next()
    if (next.done === true) break
    pieces.push(next.value)
    bytes += next.value.length
  }
  return joined(pieces)
}

/** The format in which a file of a feed is read. */
export function formatOf(policy: ReadFeed, source: string, options: RowOptions): RowFormat {
  return policy.format === 'gat1400' ? 'gat1400' : (options.format ?? formatOfName(source) ?? policy.format)
}

/** All rows of a body that is already in memory; of a workbook, a single row of it as it was kept. */
export function readRows(policy: ReadFeed, bytes: Uint8Array, options: RowOptions = {}): Row[] {
  return splitAll(policy, options.format ?? policy.format, options, bytes)
}

/**
 * The same for many small bodies of a feed, one after the other: for a single line of NDJSON, as devices send it, nothing
 * has to be made anew.
 */
export function createBodyReader(policy: ReadFeed, options: RowOptions = {}): (bytes: Buffer) => Row[] {
  const format = options.format ?? policy.format
  const encoding = encodingOf(policy, format, options)
  if (format !== 'ndjson' || encoding === 'auto') return (bytes) => readRows(policy, bytes, options)
  const limits: RowLimits = { ...needsOf(policy), encoding, ...boundsOf(options) }
  const readJsonRow = createJsonRowReader(limits, createTextDecoder(encoding))
  return (bytes) => {
    const isOneObject = bytes[0] === OPEN_BRACE && bytes.length <= limits.maxLineBytes && !bytes.includes(LINE_FEED)
    return isOneObject ? [readJsonRow(bytes, 0, 1)] : readRows(policy, bytes, options)
  }
}

export function formatOfName(source: string): RowFormat | undefined {
  if (/\.(csv|txt)$/i.test(source)) return 'csv'
  if (/\.(ndjson|jsonl)$/i.test(source)) return 'ndjson'
  if (/\.hj212$/i.test(source)) return 'hj212'
  if (/\.gb26875$/i.test(source)) return 'gb26875'
  if (/\.xml$/i.test(source)) return 'xml'
  if (/\.xlsx$/i.test(source)) return 'xlsx'
  return /\.json$/i.test(source) ? 'json' : undefined
}

/** What is used of a feed's files in a format, before a look at their bytes. */
export function encodingOf(policy: ReadFeed, format: RowFormat, options: RowOptions): 'utf-8' | 'gb18030' | 'auto' {
  // RFC 8259 knows UTF-8 alone, and the brackets of JSON occur inside characters of GB 18030.
  if (format === 'json' || format === 'xlsx') return 'utf-8'
  return options.encoding ?? policy.encoding ?? (format === 'xml' ? 'auto' : 'utf-8')
}

function splitAll(policy: ReadFeed, format: RowFormat, options: RowOptions, bytes: Uint8Array): Row[] {
  const splitter = createSplitter(policy, format, options, bytes)
  const rows = splitter.push(bytes)
  for (const row of splitter.end()) rows.push(row)
  return rows
}

function createSplitter(policy: ReadFeed, format: RowFormat, options: RowOptions, head: Uint8Array): RowSplitter {
  const said = encodingOf(policy, format, options)
  const encoding = said === 'auto' ? detectEncoding(head) : said
  const limits: RowLimits = { ...needsOf(policy), encoding, ...boundsOf(options) }
  // Faces are dropped by the feed's own format: no content type and no name of a file gets around it.
  if (policy.format === 'gat1400' || format === 'gat1400') return createGat1400Splitter(limits)
  if (format === 'gbt28181') return createManscdpSplitter(limits)
  if (format === 'hj212') return createHj212Splitter()
  if (format === 'gb26875') return createGb26875Splitter()
  if (format === 'sparkplug') return createSparkplugSplitter(limits)
  if (format === 'csv') return createCsvSplitter(limits)
  // A row of a workbook is kept as a line of JSON; the workbook itself is not read here.
  if (format === 'ndjson' || format === 'xlsx') return createNdjsonSplitter(limits)
  if (format === 'xml') {
    return createXmlSplitter({ ...limits, recordElement: policy.recordElement ?? DEFAULT_RECORD_ELEMENT })
  }
  return createJsonSplitter(limits)
}

function needsOf({ required, oneOf }: ReadFeed) {
  return { required, oneOf }
}

function boundsOf({ maxLineBytes = DEFAULT_MAX_LINE_BYTES, maxDepth = DEFAULT_MAX_DEPTH }: RowOptions) {
  return { maxLineBytes, maxDepth }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
}

export function isRowFormat(format: string): format is RowFormat {
  return FEED_FORMATS.some((known) => known === format)
}
