import type { FeedPolicy } from '../../core/policy.ts'
import { createCsvSplitter } from './csv.ts'
import { createGb26875Splitter } from './gb26875.ts'
import { createHj212Splitter } from './hj212.ts'
import { createJsonSplitter } from './json.ts'
import { createNdjsonSplitter } from './ndjson.ts'
import type { Row, RowFormat, RowOptions, RowSplitter } from './row.ts'

export const DEFAULT_MAX_LINE_BYTES = 1 << 20
export const DEFAULT_MAX_DEPTH = 8

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

export function formatOfName(source: string): RowFormat | undefined {
  if (/\.(csv|txt)$/i.test(source)) return 'csv'
  if (/\.(ndjson|jsonl)$/i.test(source)) return 'ndjson'
  if (/\.hj212$/i.test(source)) return 'hj212'
  if (/\.gb26875$/i.test(source)) return 'gb26875'
  return /\.json$/i.test(source) ? 'json' : undefined
}

function createSplitter(policy: ReadFeed, format: RowFormat, options: RowOptions): RowSplitter {
  const limits = {
    required: policy.required,
    encoding: options.encoding ?? 'utf-8',
    maxLineBytes: options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES,
    maxDepth: options.maxDepth ?? DEFAULT_MAX_DEPTH,
  } as const
  if (format === 'csv') return createCsvSplitter(limits)
  if (format === 'ndjson') return createNdjsonSplitter(limits)
  if (format === 'hj212') return createHj212Splitter()
  if (format === 'gb26875') return createGb26875Splitter()
  // RFC 8259 knows UTF-8 alone, and the brackets of JSON occur inside characters of GB 18030.
  return createJsonSplitter({ ...limits, encoding: 'utf-8' })
}

/** Written so that a new format is not forgotten here. */
const FORMATS: Readonly<Record<RowFormat, true>> = { csv: true, ndjson: true, json: true, hj212: true, gb26875: true }

export function isRowFormat(format: string): format is RowFormat {
  return Object.hasOwn(FORMATS, format)
}
