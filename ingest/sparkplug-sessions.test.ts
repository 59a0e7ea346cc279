import type { UMetric } from 'sparkplug-payload/lib/sparkplugbpayload.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { bdSeq, float, sparkplugPayload } from '../test/support/sparkplug.ts'
import { createSparkplugSessions, type SparkplugSessions, type SparkplugTaken } from './sparkplug-sessions.ts'

const T = Date.UTC(2026, 10, 22, 3)
const ASK = 'spBv1.0/ecology/NCMD/gw-1'
const ALIASED: UMetric = { alias: 7, type: 'Float', value: 12.5 }

let sessions: SparkplugSessions
let now: number

beforeEach(() => {
  sessions = createSparkplugSessions()
  now = T
})

function take(verb: string, device: string, seq: number | undefined, ...metrics: UMetric[]): SparkplugTaken {
  const topic = `spBv1.0/ecology/${verb}/gw-1${device === '' ? '' : `/${device}`}`
  return sessions.take(topic, sparkplugPayload({ timestamp: T, metrics, ...(seq === undefined ? {} : { seq }) }), now)
}

/** An edge node and one device of it, born with aliases. */
function born(number = 1): void {
  expect(take('NBIRTH', '', 0, bdSeq(number), float('load', 1, { alias: 3 })).rebirth).toBeUndefined()
  expect(take('DBIRTH', 'outlet', 1, float('cod', 10, { alias: 7 })).rebirth).toBeUndefined()
}

const values = ({ rows }: SparkplugTaken) => rows.map(({ fields, error }) => error ?? `${fields.metric} ${fields.v}`)
const contacts = ({ rows }: SparkplugTaken) => rows.map(({ fields }) => `${fields?.device} ${fields?.event}`)

describe('what births have said', () => {
  it('names the aliases of the data that follows', () => {
    born()
    expect(take('DDATA', 'outlet', 2, ALIASED)).toMatchObject({
      rows: [{ fields: { device: 'ecology/gw-1/outlet', metric: 'cod', v: '12.5', type: 'Float' } }],
    })
    expect(values(take('NDATA', '', 3, { alias: 3, type: 'Float', value: 2 }))).toEqual(['load 2'])
  })

  it('begins the contact of the node and of its device', () => {
    expect(contacts(take('NBIRTH', '', 0, bdSeq(1)))).toEqual(['ecology/gw-1 online'])
    expect(contacts(take('DBIRTH', 'outlet', 1))).toEqual(['ecology/gw-1/outlet online'])
  })

  it('is forgotten with the next birth of the node', () => {
    born()
    take('NBIRTH', '', 0, bdSeq(2))
    expect(take('DDATA', 'outlet', 1, ALIASED)).toMatchObject({ rows: [{ error: 'unknown-alias' }], rebirth: ASK })
  })

  it('is numbered from 0 to 255 and on from 0', () => {
    take('NBIRTH', '', 254, bdSeq(1), float('load', 1, { alias: 3 }))
    for (const seq of [255, 0, 1]) expect(take('NDATA', '', seq, float('load', seq)).rebirth).toBeUndefined()
  })
})

describe('a rebirth is asked for', () => {
  it('where data come from a node that was not heard from its birth, as after a restart', () => {
    const taken = take('DDATA', 'outlet', 9, ALIASED, float('ph', 7))
    expect(taken.rebirth).toBe(ASK)
    expect(values(taken)).toEqual(['unknown-alias', 'ph 7'])
  })

  it('where a number is missing: until the birth comes, an alias is not trusted and a name is', () => {
    born()
    const gap = take('DDATA', 'outlet', 3, ALIASED, float('ph', 7))
    expect(gap.rebirth).toBe(ASK)
    expect(values(gap)).toEqual(['unknown-alias', 'ph 7'])
    born(1)
    expect(values(take('DDATA', 'outlet', 2, ALIASED))).toEqual(['cod 12.5'])
  })

  it('where a device speaks that was not born', () => {
    take('NBIRTH', '', 0, bdSeq(1))
    expect(take('DDATA', 'outlet', 1, float('ph', 7))).toMatchObject({ rebirth: ASK, rows: [{ fields: { v: '7' } }] })
  })

  it('again only after a while, and at once after a birth', () => {
    expect(take('NDATA', '', 5, float('a', 1)).rebirth).toBe(ASK)
    expect(take('NDATA', '', 6, float('a', 1)).rebirth).toBeUndefined()
    now += 10_000
    expect(take('NDATA', '', 7, float('a', 1)).rebirth).toBe(ASK)
    take('NBIRTH', '', 0, bdSeq(1))
    expect(take('NDATA', '', 2, float('a', 1)).rebirth).toBe(ASK)
  })

  it('not where the payload cannot be read: it is a reject, and the next number tells', () => {
    born()
    const broken = sessions.take('spBv1.0/ecology/NDATA/gw-1', Buffer.from('hello'), now)
    expect(broken).toMatchObject({ rows: [{ error: 'unreadable-line' }] })
    expect(take('NDATA', '', 3, float('a', 1)).rebirth).toBe(ASK)
  })
})

describe('a death', () => {
  it('of a node ends the contact of all its devices, when it was heard', () => {
    born()
    now = T + 60_000
    const dead = take('NDEATH', '', undefined, bdSeq(1))
    expect(contacts(dead)).toEqual(['ecology/gw-1 offline', 'ecology/gw-1/outlet offline'])
    expect(dead.rows[0]?.fields).toMatchObject({ t: String(now), v: '', q: 'B' })
  })

  it('of a device leaves its neighbours alive', () => {
    born()
    expect(contacts(take('DDEATH', 'outlet', 2))).toEqual(['ecology/gw-1/outlet offline'])
    expect(take('NDATA', '', 3, float('load', 2)).rebirth).toBeUndefined()
  })

  it.each([
    ['of an earlier connection', 0, 1],
    ['that was told already', 1, 2],
  ])('%s says nothing, and why', (_, number, times) => {
    born()
    for (let i = 1; i < times; i++) take('NDEATH', '', undefined, bdSeq(number))
    const told = take('NDEATH', '', undefined, bdSeq(number))
    expect(told).toMatchObject({ rows: [], ignored: expect.stringContaining('NDEATH') })
  })

  it('of a node that was never heard is a lost contact all the same', () => {
    expect(contacts(take('NDEATH', '', undefined, bdSeq(4)))).toEqual(['ecology/gw-1 offline'])
  })
})

describe('memory', () => {
  it('is bounded: whoever was heard longest ago is a stranger again', () => {
    sessions = createSparkplugSessions({ edges: 2, names: 1_000 })
    for (const edge of ['a', 'b', 'c']) {
      sessions.take(`spBv1.0/g/NBIRTH/${edge}`, sparkplugPayload({ timestamp: T, seq: 0, metrics: [bdSeq(1)] }), now)
    }
    const says = (edge: string) =>
      sessions.take(`spBv1.0/g/NDATA/${edge}`, sparkplugPayload({ timestamp: T, seq: 1, metrics: [] }), now).rebirth
    expect(says('c')).toBeUndefined()
    expect(says('b')).toBeUndefined()
    expect(says('a')).toBe('spBv1.0/g/NCMD/a')
  })

  it('holds no more names than its bound, however many devices one node invents', () => {
    sessions = createSparkplugSessions({ edges: 10, names: 50 })
    take('NBIRTH', '', 0, bdSeq(1))
    for (let i = 1; i <= 60; i++) take('DBIRTH', `d${i}`, i, float('a', 1))
    expect(take('DDATA', 'd1', 61, float('a', 1)).rebirth).toBe(ASK)
  })
})
