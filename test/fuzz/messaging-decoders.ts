import { readRows } from '../../ingest/decode/row-reader.ts'
import { frameBytes, SPARKPLUG_VERBS } from '../../ingest/decode/sparkplug.ts'
import { createSparkplugSessions } from '../../ingest/sparkplug-sessions.ts'
import { compiled } from '../support/ingest-fixture.ts'
import { bdSeq, float, SPARKPLUG_FEED, sparkplugPayload } from '../support/sparkplug.ts'
import type { FuzzedDecoder } from './run-decoder.ts'

const MAX_BYTES = 1_536
/** Bounds as small as the inputs, so that they are reached. */
const LIMITS = { maxLineBytes: 1_024 }
const T = Date.UTC(2026, 10, 22, 4)

const PAYLOADS: readonly Buffer[] = [
  sparkplugPayload({
    timestamp: T,
    seq: 0,
    metrics: [
      bdSeq(1),
      float('cod', 38.6, { alias: 7, timestamp: T, properties: { Quality: { type: 'Int32', value: 0 } } }),
    ],
  }),
  sparkplugPayload({
    timestamp: T,
    seq: 1,
    metrics: [
      { name: 'a', type: 'Int64', value: -5 },
      { name: 'b', type: 'String', value: '停机' },
      { name: 'c', type: 'Double', value: 0.1 },
      { name: 'd', type: 'Boolean', value: null, isNull: true },
    ],
  }),
  sparkplugPayload({ timestamp: T, seq: 2, metrics: [{ alias: 7, type: 'Float', value: 1 }] }),
  sparkplugPayload({ timestamp: T, seq: 3, metrics: [{ name: 'f', type: 'Bytes', value: Buffer.alloc(20) }] }),
  sparkplugPayload({ timestamp: T, metrics: [bdSeq(1)] }),
]
const TOPICS = SPARKPLUG_VERBS.map((verb) => `spBv1.0/ecology/${verb}/gw${verb.startsWith('D') ? '/outlet' : ''}`)
const WIRE = ['\u0012', '\u0008', '\u0018', '\u000b', '\u0080\u0080\u0080\u0080', '\u007f', '\u0000']

const sessions = createSparkplugSessions({ edges: 10, names: 100 })

/** Frames as they are kept, and payloads as they come over a connection, with the sessions of their edge nodes. */
export const MESSAGING_DECODERS: readonly FuzzedDecoder[] = [
  {
    name: 'sparkplug frames',
    maxBytes: MAX_BYTES,
    corpus: TOPICS.flatMap((topic) => PAYLOADS.map((payload) => frameBytes({ topic, received: T }, payload))),
    tokens: ['\n', '{"topic":', '"received":', 'NBIRTH', 'NCMD', '/', ...WIRE],
    decode: (bytes) => ({ rows: readRows({ format: 'sparkplug', required: [] }, bytes, LIMITS) }),
    feed: compiled(SPARKPLUG_FEED, 'live'),
    // A message may carry no metric.
    mayBeNothing: (bytes) => bytes.length === 0 || Buffer.from(bytes).includes('DATA'),
  },
  {
    name: 'sparkplug payloads in sessions',
    maxBytes: MAX_BYTES,
    corpus: PAYLOADS,
    tokens: WIRE,
    decode(bytes, seed) {
      const { rows, rebirth, ignored } = sessions.take(TOPICS[seed % TOPICS.length] ?? '', Buffer.from(bytes), T)
      const protocolErrors = [
        ...(rebirth === undefined ? [] : ['rebirth']),
        ...(ignored === undefined ? [] : ['old death']),
      ]
      return { rows, protocolErrors }
    },
    feed: compiled(SPARKPLUG_FEED, 'live'),
    mayBeNothing: () => true,
  },
]
