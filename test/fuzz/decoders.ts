import { readFileSync } from 'node:fs'
import type { FeedPolicy } from '../../core/policy.ts'
import type { Row } from '../../ingest/decode/row.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { validateFeedPolicy } from '../../ingest/mapping/feed-policy.ts'
import { compiled } from '../support/ingest-fixture.ts'
import type { FuzzedDecoder } from './run-decoder.ts'

const MAX_BYTES = 4_096

/** Bounds as small as the inputs, so that they are reached. */
const LIMITS = { maxLineBytes: 1_024, maxDepth: 4 }

const example = (name: string) => readFileSync(new URL(`../../examples/${name}`, import.meta.url))
const policy = (path: string): FeedPolicy =>
  validateFeedPolicy(JSON.parse(readFileSync(new URL(`../../policies/${path}`, import.meta.url), 'utf8')))

const NUMBERS = ['0', '-1', '1e999', 'NaN', '9007199254740993', '0x10', '٣', '1,234.5']

/** Every decoder that is fuzzed. A new format adds its line here, with a corpus that reaches all that it knows. */
export const FUZZED: readonly FuzzedDecoder[] = [
  {
    ...textFeed('csv', policy('city/feeds/penalties.json')),
    corpus: linesOf(example('penalties.csv'), 4),
    tokens: ['"', '""', '"\n', ',', '\r\n', '\n\n', '\ufeff', '\u0000', 'CF_XDR_SHXYM', '2026-02-30', ...NUMBERS],
    // A header is no row, and a quoted header may hold line feeds.
    mayBeNothing: () => true,
  },
  {
    ...textFeed('ndjson', policy('city/feeds/sensors.json')),
    corpus: linesOf(example('sensors.ndjson'), 4),
    tokens: [
      '{',
      '}',
      '[[[[[[',
      '"',
      '\\',
      '\\u0000',
      '\n',
      ':',
      'null',
      '"t":',
      '{"a":{"b":{"c":{"d":1}}}}',
      ...NUMBERS,
    ],
    mayBeNothing: isBlank,
  },
  {
    ...textFeed('json', policy('city/feeds/sensors.json')),
    corpus: [
      Buffer.from(`[${example('sensors.ndjson').toString().trim().split('\n').slice(0, 3).join(',')}]`),
      Buffer.from(`{"rows":[${example('video-events.ndjson').toString().trim().split('\n').slice(0, 2).join(',')}]}`),
      Buffer.from('[]'),
    ],
    tokens: ['{', '}', '[', ']', '{"rows":', '"rows"', '"', '\\"', ',', ':', '[[[[[[', 'null', ...NUMBERS],
    // A list without records, or bytes beside an empty list under `rows`.
    mayBeNothing: (bytes) => bytes.length === 0 || /^(?:\{.*)?\[[\s,]*\]/s.test(textOf(bytes).trimStart()),
  },
]

/** A format of the row reader, with the mapping of one of the city's feeds behind it. */
function textFeed(name: string, feed: FeedPolicy): Pick<FuzzedDecoder, 'name' | 'decode' | 'feed' | 'maxBytes'> {
  const read = { format: name as FeedPolicy['format'], required: feed.required }
  return {
    name,
    maxBytes: MAX_BYTES,
    decode: (bytes): { rows: Row[] } => ({ rows: readRows(read, bytes, LIMITS) }),
    feed: compiled(feed, 'live'),
  }
}

/** The header, if there is one, and a few of the lines after it; then the same with another line end. */
function linesOf(bytes: Buffer, count: number): Buffer[] {
  const lines = bytes.toString().trim().split('\n')
  return [
    Buffer.from(`${lines.slice(0, count).join('\n')}\n`),
    Buffer.from(lines.slice(0, 2).join('\r\n')),
    Buffer.from(lines[0] ?? ''),
  ]
}

function isBlank(bytes: Uint8Array): boolean {
  return textOf(bytes).trim() === ''
}

/** One character a byte, without a byte order mark. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/^(?:\u00ef\u00bb\u00bf|\u0084\u0031\u0095\u0033)/, '')
}
