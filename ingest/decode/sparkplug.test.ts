import type { UMetric } from 'sparkplug-payload/lib/sparkplugbpayload.js'
import { describe, expect, it } from 'vitest'
import { decodeTahu, float, sparkplugPayload } from '../../test/support/sparkplug.ts'
import { readRows } from './row-reader.ts'
import { frameBytes } from './sparkplug.ts'
import { rebirthCommand } from './sparkplug-payload.ts'

const T = Date.UTC(2026, 10, 22, 3)
const TOPIC = 'spBv1.0/ecology/DDATA/gw-1/outlet-3'
const POLICY = { format: 'sparkplug', required: [] } as const

const read = (payload: Buffer, topic = TOPIC) => readRows(POLICY, frameBytes({ topic, received: T + 999 }, payload))
const fieldsOf = (payload: Buffer, topic = TOPIC) => read(payload, topic).map(({ fields }) => fields)

describe('a message of Sparkplug B', () => {
  it('gives a row for each metric, with the device named across all groups', () => {
    const metrics = [float('cod', 38.6, { timestamp: T }), float('ph', 7.25, { timestamp: T + 1 })]
    expect(fieldsOf(sparkplugPayload({ timestamp: T + 2, seq: 5, metrics }))).toEqual([
      {
        group: 'ecology',
        edge: 'gw-1',
        device: 'ecology/gw-1/outlet-3',
        metric: 'cod',
        event: 'data',
        t: String(T),
        v: '38.6',
        q: 'N',
        type: 'Float',
      },
      expect.objectContaining({ metric: 'ph', v: '7.25', t: String(T + 1) }),
    ])
  })

  it.each([
    ['Int8', -5, '-5'],
    ['Int16', -300, '-300'],
    ['Int32', -70_000, '-70000'],
    ['Int64', -5_000_000_000, '-5000000000'],
    ['UInt8', 200, '200'],
    ['UInt32', 4_000_000_000, '4000000000'],
    ['UInt64', 9_007_199_254_740_991, '9007199254740991'],
    ['Float', 0.1, '0.1'],
    ['Double', 0.1, '0.1'],
    ['Double', 1e21, '1e+21'],
    ['Boolean', true, '1'],
    ['Boolean', false, '0'],
    ['String', '停机', '停机'],
    ['DateTime', T, String(T)],
  ] as const)('reads %s %s as the second implementation wrote it', (type, value, text) => {
    const payload = sparkplugPayload({ timestamp: T, seq: 1, metrics: [{ name: 'm', type, value }] })
    expect(fieldsOf(payload)).toMatchObject([{ v: text, type, t: String(T) }])
  })

  it('says of a metric that is null that it has no value, and of which quality one is', () => {
    const quality = (value: number) => ({ properties: { Quality: { type: 'Int32', value } } }) as const
    const payload = sparkplugPayload({
      timestamp: T,
      seq: 1,
      metrics: [
        { name: 'a', type: 'Float', value: null, isNull: true },
        float('b', 1, quality(192)),
        float('c', 1, quality(0)),
        float('d', 1, quality(500)),
      ],
    })
    expect(fieldsOf(payload).map((row) => [row?.metric, row?.v, row?.q])).toEqual([
      ['a', '', 'N'],
      ['b', '1', 'N'],
      ['c', '1', 'D'],
      ['d', '1', 'B'],
    ])
  })

  it.each<[string, UMetric, string]>([
    ['an alias alone', { alias: 7, type: 'Float', value: 1 }, 'unknown-alias'],
    ['bytes', { name: 'photo', type: 'Bytes', value: new Uint8Array([1, 2]) }, 'unsupported-value'],
    ['a data set', { name: 'set', type: 'DataSet', value: { types: ['Int8'], rows: [[1]] } }, 'unsupported-value'],
  ])('rejects %s, and its neighbours go on', (_, metric, reason) => {
    const rows = read(sparkplugPayload({ timestamp: T, seq: 1, metrics: [metric, float('cod', 2)] }))
    expect(rows).toMatchObject([
      { error: reason, line: 1 },
      { fields: { metric: 'cod' }, line: 2 },
    ])
  })

  it.each(['NDEATH/gw-1', 'DDEATH/gw-1/outlet-3'])(
    '%s is a contact that was lost when we heard of it, not a zero',
    (end) => {
      const [group, ...rest] = ['ecology', ...end.split('/').slice(1)]
      const payload = sparkplugPayload({ timestamp: T, metrics: [{ name: 'bdSeq', type: 'UInt64', value: 3 }] })
      expect(fieldsOf(payload, `spBv1.0/ecology/${end}`)).toEqual([
        expect.objectContaining({
          device: [group, ...rest].join('/'),
          event: 'offline',
          t: String(T + 999),
          v: '',
          q: 'B',
        }),
      ])
    },
  )

  it('every row of it is read again from the bytes that a reject would keep', () => {
    const metrics = [
      { name: 'bdSeq', type: 'UInt64', value: 3 },
      { name: 'Node Control/Rebirth', type: 'Boolean', value: false },
      float('cod', 38.6, { alias: 7, timestamp: T }),
      { name: 'flow', alias: 8, type: 'Int16', value: -3 },
    ] as const
    for (const verb of ['NBIRTH', 'NDATA', 'NDEATH']) {
      const rows = read(
        sparkplugPayload({ timestamp: T, seq: 0, metrics: [...metrics] }),
        `spBv1.0/ecology/${verb}/gw-1`,
      )
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows) expect(readRows(POLICY, row.raw)).toMatchObject([{ fields: row.fields }])
    }
  })
})

describe('bytes that are no message', () => {
  const good = sparkplugPayload({ timestamp: T, seq: 1, metrics: [float('cod', 1)] })
  it.each([
    ['a payload cut short', frameBytes({ topic: TOPIC, received: T }, good.subarray(0, good.length - 3))],
    ['an old wire type', frameBytes({ topic: TOPIC, received: T }, Buffer.from([0x0b, 0x0c]))],
    ['a number that never ends', frameBytes({ topic: TOPIC, received: T }, Buffer.alloc(11, 0xff))],
    ['a name that is not UTF-8', frameBytes({ topic: TOPIC, received: T }, Buffer.from([0x12, 3, 0x0a, 1, 0xff]))],
    ['no header', good],
    ['a header of another kind', Buffer.from('[1]\nabc')],
  ])('%s is unreadable', (_, bytes) => {
    expect(readRows(POLICY, bytes)).toMatchObject([{ error: 'unreadable-line', line: 1 }])
  })

  it.each([
    'spBv1.0/ecology/NCMD/gw-1',
    'spBv1.0/ecology/NDATA/gw-1/outlet-3',
    'spBv1.0/ecology/DDATA/gw-1',
    'reg/v1/a',
  ])('the topic %s is not for readings', (topic) => {
    expect(read(good, topic)).toMatchObject([{ error: 'wrong-columns' }])
  })

  it('a frame over the bound is cut, and nothing where there is nothing', () => {
    const long = frameBytes({ topic: TOPIC, received: T }, Buffer.alloc(2_000))
    expect(readRows(POLICY, long, { maxLineBytes: 1_000 })).toMatchObject([{ error: 'line-too-long' }])
    expect(readRows(POLICY, Buffer.alloc(0))).toEqual([])
  })
})

it('the command for a rebirth is what the second implementation understands', () => {
  expect(decodeTahu(rebirthCommand(T)).metrics).toMatchObject([
    { name: 'Node Control/Rebirth', type: 'Boolean', value: true },
  ])
})
