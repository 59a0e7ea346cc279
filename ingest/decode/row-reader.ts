import { FEED_FORMATS, type FeedPolicy } from '../../core/policy.ts'
import { createCsvSplitter } from './csv.ts'
import { createTextDecoder } from './decode-text.ts'
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

export const DEFAULT_MAX_LINE_BYTES = 1 << 20
export const DEFAULT_MAX_DEPTH = 8

const OPEN_BRACE = 0x7b

type ReadFeed = Pick<FeedPolicy, 'format' | 'required'>

/**
 * Reads one file or stream of a feed in bounded memory: at most one record and one chunk are held. The format is the
 * option's, else the one that the source's name ends in, else the policy's. Never throws over content: a record that
 * cannot be read is a row with an `error`.
 */
export function createRowReader(
  policy: ReadFeed,
  source: string,
  options: RowOptions = {},
): (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Row[]> {
  const format = options.format ?? formatOfName(source) ?? policy.format
  return async function* read(chunks) {
    const splitter = createSplitter(policy, format, options)
    for await (const chunk of chunks) {
      const rows = splitter.push(chunk)
      if (rows.length > 0) yield rows
    }
    const rest = splitter.end()
    if (rest.length > 0) yield rest
  }
}

/** All rows of a body that is already in memory. */
export function readRows(policy: ReadFeed, bytes: Uint8Array, options: RowOptions = {}): Row[] {
  const splitter = createSplitter(policy, options.format ?? policy.format, options)
  const rows = splitter.push(bytes)
  for (const row of splitter.end()) rows.push(row)
  return rows
}

/**
 * The same for many small bodies of a feed, one after the other: for a single line of NDJSON, as devices send it, nothing
 * has to be made anew.
 */
export function createBodyReader(policy: ReadFeed, options: RowOptions = {}): (bytes: Buffer) => Row[] {
  if ((options.format ?? policy.format) !== 'ndjson') return (bytes) => readRows(policy, bytes, options)
  const limits = limitsOf(policy, options)
  const readJsonRow = createJsonRowReader(limits, createTextDecoder(limits.encoding))
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
  return /\.json$/i.test(source) ? 'json' : undefined
}

function limitsOf(policy: ReadFeed, options: RowOptions): RowLimits {
  return {
    required: policy.required,
    encoding: options.encoding ?? 'utf-8',
    maxLineBytes: options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES,
    maxDepth: options.maxDepth ?? DEFAULT_MAX_DEPTH,
  }
}

function createSplitter(policy: ReadFeed, format: RowFormat, options: RowOptions): RowSplitter {
  const limits = limitsOf(policy, options)
  // Faces are dropped by the feed's own format: no content type and no name of a file gets around it.
  if (policy.format === 'gat1400' || format === 'gat1400') return createGat1400Splitter(limits)
  if (format === 'gbt28181') return createManscdpSplitter(limits)
  if (format === 'csv') return createCsvSplitter(limits)
  if (format === 'ndjson') return createNdjsonSplitter(limits)
  if (format === 'hj212') return createHj212Splitter()
  if (format === 'gb26875') return createGb26875Splitter()
  if (format === 'sparkplug') return createSparkplugSplitter(limits)
  // RFC 8259 knows UTF-8 alone, and the brackets of JSON occur inside characters of GB 18030.
  return createJsonSplitter({ ...limits, encoding: 'utf-8' })
}

export function isRowFormat(format: string): format is RowFormat {
  return FEED_FORMATS.some((known) => known === format)
}
