import { createSipFramer } from '../../adapters/sip/frame-stream.ts'
import { parseSip } from '../../adapters/sip/message.ts'
import { parseJson } from '../../ingest/decode/json-row.ts'
import type { Row } from '../../ingest/decode/row.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { gbk } from '../support/gbk.ts'
import { compiled } from '../support/ingest-fixture.ts'
import { alarmXml, keepaliveXml } from '../support/manscdp.ts'
import { cityFeed } from './city-feed.ts'
import type { FuzzedDecoder } from './run-decoder.ts'

const CAMERA = '14010500001320000001'
const MAX_BYTES = 1_536
/** Bounds as small as the inputs, so that they are reached. */
const LIMITS = { maxLineBytes: 1_024 }

const alarms = cityFeed('gbt28181-alarms')
const library = cityFeed('gat1400')

const ALARMS: readonly Buffer[] = [
  Buffer.from(alarmXml(CAMERA, 1, '<AlarmDescription>后厨明火</AlarmDescription><Longitude>112.5</Longitude>')),
  gbk(alarmXml(CAMERA, 2, '<AlarmDescription>目录</AlarmDescription><Info><AlarmType>13</AlarmType></Info>')),
  Buffer.from(keepaliveXml(CAMERA, 3, 'ERROR', [CAMERA])),
]
const MARKUP = [
  ...[
    '<',
    '>',
    '</',
    '/>',
    '<!DOCTYPE a [',
    '<!ENTITY b "c">',
    '<![CDATA[',
    ']]>',
    '<!--',
    '<?xml',
    '&amp;',
    '&#0;',
    '&#x10ffff;',
  ],
  ...['<CmdType>', '<DeviceID>', '<Info>', '__proto__', '<a><a><a><a><a><a><a><a><a>', '2026-02-30T25:61:61', '\u0000'],
]

const notification = (lists: object) =>
  Buffer.from(
    JSON.stringify({
      SubscribeNotificationListObject: {
        SubscribeNotificationObject: [{ NotificationID: 'n', TriggerTime: '20261122115800', ...lists }],
      },
    }),
  )
const LIBRARIES: readonly Buffer[] = [
  notification({
    FaceObjectList: { FaceObject: [{ FaceID: 'f', SubImageList: { SubImageInfoObject: [{ Data: 'x' }] } }] },
    MotorVehicleObjectList: { MotorVehicleObject: [{ MotorVehicleID: 'm', DeviceID: CAMERA, PlateNo: '晋A12345' }] },
  }),
  notification({ LaneObjectList: { LaneObject: [{ TollgateID: CAMERA, LaneId: 1 }, { LaneId: 2 }] } }),
  Buffer.from(
    JSON.stringify({ APEListObject: { APEObject: { ApeID: CAMERA, IsOnline: '1', CurrentTime: '20261122115800' } } }),
  ),
]

const sip = (method: string, body: Buffer, cseq = method) =>
  Buffer.concat([
    Buffer.from(
      `${method} sip:14010000002000000001@1401000000 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;rport;branch=z9hG4bK7\r\n` +
        `From: <sip:${CAMERA}@1401000000>;tag=1\r\nt: "a" <sip:1@1401000000>\r\nCall-ID: 1\r\nCSeq: 1 ${cseq}\r\n` +
        `Content-Type: Application/MANSCDP+xml\r\nContent-Length: ${body.length}\r\n\r\n`,
    ),
    body,
  ])
const SIP: readonly Buffer[] = [
  ...ALARMS.map((body) => sip('MESSAGE', body)),
  Buffer.concat([
    sip('MESSAGE', ALARMS[0] ?? Buffer.alloc(0)),
    Buffer.from('\r\n\r\n'),
    sip('REGISTER', Buffer.alloc(0)),
  ]),
  sip('MESSAGE', Buffer.alloc(0), 'NOTIFY'),
  Buffer.from(
    'SIP/2.0 200 OK\r\nv: SIP/2.0/TCP a\r\nf: sip:a@b\r\nt: sip:a@b\r\ni: 1\r\nCSeq: 1 MESSAGE\r\nl: 0\r\n\r\n',
  ),
]

/** Lines of the table of fuzzed decoders: everything that cameras and view libraries can hand in. */
export const VIDEO_DECODERS: readonly FuzzedDecoder[] = [
  {
    name: 'gbt28181',
    corpus: ALARMS,
    tokens: MARKUP,
    maxBytes: MAX_BYTES,
    decode: (bytes) => ({ rows: readRows(alarms, bytes, LIMITS) }),
    feed: compiled(alarms, 'live'),
    mayBeNothing: (bytes) => bytes.length === 0,
  },
  {
    name: 'gat1400',
    corpus: LIBRARIES,
    tokens: [
      ...['{', '}', '[', ']', '"', ',', ':', 'null', '[[[[[[', '"FaceObjectList":', '"MotorVehicleObjectList":'],
      ...['"LaneObjectList":{"LaneObject":[{}]}', '"__proto__":', '"constructor"', '1e999', '"IsOnline":"toString"'],
    ],
    maxBytes: MAX_BYTES,
    decode: (bytes) => ({ rows: readRows(library, bytes, LIMITS) }),
    feed: compiled(library, 'live'),
    // Faces alone, or a notification about nothing: there is no row, and no fault.
    mayBeNothing: (bytes) => bytes.length === 0 || parseJson(Buffer.from(bytes).toString()) !== undefined,
  },
  {
    name: 'sip',
    corpus: SIP,
    tokens: [
      ...[
        '\r\n',
        '\r\n\r\n',
        '\n',
        ' ',
        '\t',
        ':',
        ';',
        ',',
        '<',
        '>',
        '"',
        'SIP/2.0',
        'Via: ',
        'v:',
        'l: 0',
        'CSeq: 1 MESSAGE',
      ],
      ...['Content-Length: 99999', 'Content-Length: -1', 'From: <sip:', 'Call-ID:', '\u0000', ...MARKUP.slice(0, 6)],
    ],
    maxBytes: MAX_BYTES,
    /** A datagram where the seed is even; where it is odd a stream, in pieces of the seed's own size. */
    decode(bytes, seed) {
      const said = { rows: [] as Row[], protocolErrors: [] as string[] }
      for (const message of seed % 2 === 0 ? [Buffer.from(bytes)] : streamed(bytes, seed, said.protocolErrors)) {
        const read = parseSip(message)
        if (read.kind === 'fault') said.protocolErrors.push('malformed')
        else if (read.kind === 'response') said.protocolErrors.push('response')
        else if (read.body.length === 0) said.protocolErrors.push(read.method === 'REGISTER' ? 'register' : 'no-body')
        else said.rows.push(...readRows(alarms, read.body, LIMITS))
      }
      return said
    },
    feed: compiled(alarms, 'live'),
    mayBeNothing: () => false,
  },
]

/** The messages that the framing cuts off; what is left is said, too. */
function streamed(bytes: Uint8Array, seed: number, faults: string[]): Buffer[] {
  const framer = createSipFramer()
  const step = 1 + (Math.abs(seed) % 97)
  const messages: Buffer[] = []
  for (let at = 0; at < bytes.length; at += step) {
    const cut = framer.push(Buffer.from(bytes.subarray(at, at + step)))
    messages.push(...cut.messages)
    if (!cut.broken) continue
    faults.push('broken')
    return messages
  }
  if (messages.length === 0) faults.push('unfinished')
  return messages
}
