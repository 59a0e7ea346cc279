import { readFileSync } from 'node:fs'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { createGb26875Splitter } from '../../ingest/decode/gb26875.ts'
import { encodeGb26875, encodeGb26875Time } from '../../ingest/decode/gb26875-frame.ts'
import { createHj212Splitter } from '../../ingest/decode/hj212.ts'
import { encodeHj212 } from '../../ingest/decode/hj212-frame.ts'
import type { Row, RowSplitter } from '../../ingest/decode/row.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { compiled } from '../support/ingest-fixture.ts'
import { cityFeed } from './city-feed.ts'
import { cut } from './mutate.ts'
import type { FuzzedDecoder } from './run-decoder.ts'
import { VIDEO_DECODERS } from './video-decoders.ts'

const MAX_BYTES = 4_096

/** Bounds as small as the inputs, so that they are reached. */
const LIMITS = { maxLineBytes: 1_024, maxDepth: 4 }

const example = (name: string) => readFileSync(new URL(`../../examples/${name}`, import.meta.url))

const NUMBERS = ['0', '-1', '1e999', 'NaN', '9007199254740993', '0x10', '٣', '1,234.5']

const HJ212_FRAMES = [
  'QN=20260105083000001;ST=32;CN=2011;PW=123456;MN=140105A8900016F000169DC0;Flag=5;CP=&&DataTime=20260105083000;w00000-Rtd=12.50,w00000-Flag=N;w01001-Rtd=7.20,w01001-Flag=N;w01018-Rtd=38.6,w01018-Flag=D&&',
  'QN=20260105084000002;ST=31;CN=2051;PW=123456;MN=140109A8900016F000169DC1;Flag=5;CP=&&DataTime=20260105083000;a21026-Min=18.2,a21026-Avg=21.4,a21026-Max=25.0,a21026-ZsAvg=24.9,a21026-Flag=N&&',
  'QN=20260105110000007;ST=32;CN=2051;PW=1;MN=140105A8900016F000169DC0;Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20260105105000;w01018-Avg=40.1&&',
  'QN=20260105110000007;ST=32;CN=2051;PW=1;MN=140105A8900016F000169DC0;Flag=7;PNUM=2;PNO=2;CP=&&w21003-Avg=1&&',
  'ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&DataTime=20160824003817;B01-Rtd=36.91;011-Rtd=231.0;Flag=N&',
  'QN=20260105083000001;ST=91;CN=9014;PW=123456;MN=140105A8900016F000169DC0;Flag=4;CP=&&&&',
].map(encodeHj212)

const told = (application: Uint8Array) =>
  encodeGb26875({ ...GB26875_HEAD, command: 2, application: application.subarray(0, 1_024) })
const GB26875_HEAD = {
  serial: 1,
  at: Date.UTC(2026, 0, 5),
  offsetMinutes: 480,
  source: '010203040506',
  destination: '000000000000',
}
const GB26875_TIME = encodeGb26875Time(GB26875_HEAD.at, GB26875_HEAD.offsetMinutes)
const GB26875_FRAMES = [
  told(Uint8Array.of(2, 1, 1, 1, 40, 0xd9, 0, 6, 0, 2, 0, ...Buffer.alloc(31, 0xb0), ...GB26875_TIME)),
  told(Uint8Array.of(1, 2, 1, 2, 0, 1, ...GB26875_TIME, 1, 3, 4, 0, ...GB26875_TIME)),
  told(Uint8Array.of(3, 1, 1, 1, 30, 1, 0, 0, 0, 3, 0xf4, 1, ...GB26875_TIME)),
  told(Uint8Array.of(4, 1, 1, 1, 4, 9, ...GB26875_TIME)),
  told(Uint8Array.of(21, 1, 0x21, ...GB26875_TIME)),
  told(Uint8Array.of(24, 1, 1, 9, ...GB26875_TIME)),
  told(Uint8Array.of(28, 1, ...GB26875_TIME)),
  encodeGb26875({ ...GB26875_HEAD, command: 3 }),
]

/** Every decoder that is fuzzed. A new format adds its line here, with a corpus that reaches all that it knows. */
export const FUZZED: readonly FuzzedDecoder[] = [
  {
    ...textFeed('csv', cityFeed('penalties')),
    corpus: linesOf(example('penalties.csv'), 4),
    tokens: ['"', '""', '"\n', ',', '\r\n', '\n\n', '\ufeff', '\u0000', 'CF_XDR_SHXYM', '2026-02-30', ...NUMBERS],
    // A header is no row, and a quoted header may hold line feeds.
    mayBeNothing: () => true,
  },
  {
    ...textFeed('ndjson', cityFeed('sensors')),
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
    ...textFeed('json', cityFeed('sensors')),
    corpus: [
      Buffer.from(`[${example('sensors.ndjson').toString().trim().split('\n').slice(0, 3).join(',')}]`),
      Buffer.from(`{"rows":[${example('video-events.ndjson').toString().trim().split('\n').slice(0, 2).join(',')}]}`),
      Buffer.from('[]'),
    ],
    tokens: ['{', '}', '[', ']', '{"rows":', '"rows"', '"', '\\"', ',', ':', '[[[[[[', 'null', ...NUMBERS],
    // A list without records, or bytes beside an empty list under `rows`.
    mayBeNothing: (bytes) => bytes.length === 0 || /^(?:\{.*)?\[[\s,]*\]/s.test(textOf(bytes).trimStart()),
    kept: ['[:]', '[}', 'x[]', '[]x'].map(base64),
  },
  {
    ...textFeed('hj212', cityFeed('hj212')),
    decode: (bytes, seed) => ({ rows: wherever(createHj212Splitter, bytes, seed) }),
    corpus: HJ212_FRAMES,
    tokens: [
      '##',
      '##0100',
      '\r\n',
      '&&',
      'CP=&&',
      ';',
      ',',
      '=',
      'Flag=5;',
      'Flag=9;',
      'PNUM=2;PNO=1;',
      'CN=9014',
      'w01018-Rtd=',
      '-Flag=N',
      'DataTime=20260105',
      ...NUMBERS,
    ],
    // Sound frames of a conversation carry no data; a line end alone is no noise.
    mayBeNothing: (bytes) => /CN=[^238]|^[\s\0]*$/.test(textOf(bytes)),
  },
  {
    ...textFeed('hj212 with its check made right', cityFeed('hj212'), 'hj212'),
    corpus: HJ212_FRAMES.map((frame) => frame.subarray(6, -6)),
    tokens: [
      '&&',
      'CP=&&',
      ';',
      ',',
      '=',
      'Flag=5;',
      'Flag=9;',
      'PNUM=2;PNO=1;',
      'CN=9014',
      'w01018-Rtd=',
      '-Flag=N',
      ...NUMBERS,
    ],
    maxBytes: 1_024,
    decode: (bytes) => ({ rows: readRows({ format: 'hj212', required: [] }, encodeHj212(textOf(bytes))) }),
    mayBeNothing: (bytes) => /CN=[^238]/.test(textOf(bytes)),
  },
  {
    ...textFeed('gb26875', cityFeed('gb26875')),
    decode: (bytes, seed) => ({ rows: wherever(createGb26875Splitter, bytes, seed) }),
    corpus: GB26875_FRAMES,
    tokens: ['@@', '##', '@@##', '\u0001\u0001', '\u0002\u0001', '\u0000\u0000\u0000\u0000'],
    // Confirmations and the like.
    mayBeNothing: (bytes) => bytes.length === 0 || bytes.length >= 30,
  },
  {
    ...textFeed('gb26875 with its sum made right', cityFeed('gb26875'), 'gb26875'),
    corpus: GB26875_FRAMES.map((frame) => frame.subarray(27, -3)),
    tokens: ['\u0001\u0001', '\u0002\u0001', '\u0015\u0001', '\u0000\u0000\u0000\u0000'],
    maxBytes: 1_024,
    decode: (bytes) => ({ rows: readRows({ format: 'gb26875', required: [] }, told(bytes)) }),
    mayBeNothing: () => false,
  },
  ...VIDEO_DECODERS,
]

/** A format of the row reader, with the mapping of one of the city's feeds behind it. */
function textFeed(
  name: string,
  feed: FeedPolicy,
  format = name,
): Pick<FuzzedDecoder, 'name' | 'decode' | 'feed' | 'maxBytes'> {
  const read = { format: format as FeedPolicy['format'], required: feed.required }
  return {
    name,
    maxBytes: MAX_BYTES,
    decode: (bytes): { rows: Row[] } => ({ rows: readRows(read, bytes, LIMITS) }),
    feed: compiled(feed, 'live'),
  }
}

/** The rows of a stream, after seeing that they do not depend on where the network cuts it. */
function wherever(create: () => RowSplitter, bytes: Uint8Array, seed: number): Row[] {
  const whole = create()
  const rows = [...whole.push(bytes), ...whole.end()]
  const piecewise = create()
  const again = cut(bytes, seed).flatMap((piece) => piecewise.push(piece))
  again.push(...piecewise.end())
  if (JSON.stringify(again) !== JSON.stringify(rows)) throw new Error('the rows depend on where the bytes are cut')
  return rows
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

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
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
