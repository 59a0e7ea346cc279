import { describe, expect, it } from 'vitest'
import { sharedVectors, VECTORS_MISSING, VECTORS_REMEDY } from '../../test/support/shared-vectors.ts'
import { encodeGb26875, encodeGb26875Time } from './gb26875-frame.ts'
import { createGb26875Scanner } from './gb26875-scanner.ts'
import type { Row } from './row.ts'
import { readRows } from './row-reader.ts'

const AT = Date.UTC(2026, 0, 5, 0, 30)
const ADDRESS = '010203040506'
const rowsOf = (bytes: Uint8Array): Row[] => readRows({ format: 'gb26875', required: [] }, bytes)
const time = encodeGb26875Time(AT, 480)
const frame = (application: readonly number[], change: { command?: number } = {}) =>
  encodeGb26875({
    serial: 7,
    at: AT,
    offsetMinutes: 480,
    source: ADDRESS,
    destination: '000000000000',
    command: 2,
    ...change,
    application: Uint8Array.from(application),
  })
const component = (status: number, description: readonly number[] = []) => [
  2,
  1,
  ...[1, 1, 40, 0xd9, 0, 6, 0, status & 0xff, status >> 8],
  ...Array.from({ length: 31 }, (_, i) => description[i] ?? 0),
  ...time,
]

describe.skipIf(VECTORS_MISSING)(`published frames${VECTORS_REMEDY}`, () => {
  it('a fire in the corridor, as its describer wrote it', () => {
    for (const hex of sharedVectors().gb26875_hex) {
      expect(rowsOf(Buffer.from(hex, 'hex')).map((row) => row.fields)).toEqual([
        {
          device: '000000000000',
          'unit-type': 'component-state',
          system: '1.3',
          component: '1.3.0.393433',
          condition: 'fire',
          status: '0002',
          metric: '',
          value: '',
          unit: '',
          description: 'Ａ区１层呷哺走廊',
          t: '20200801191848',
        },
      ])
    }
  })
})

describe('units of information', () => {
  it.each([
    ['a component on fire', component(0b10), { condition: 'fire', status: '0002', component: '1.1.40.393433' }],
    ['fire and fault at once: the graver one, and both bits', component(0b110), { condition: 'fire', status: '0006' }],
    ['a component in order', component(0), { condition: 'normal', status: '0000' }],
    [
      'a system without its mains',
      [1, 1, 1, 2, 0, 1, ...time],
      { 'unit-type': 'system-state', component: '1.2', condition: 'main-power-fault' },
    ],
    [
      'a temperature',
      [3, 1, 1, 1, 30, 1, 0, 0, 0, 3, 0xf4, 0x01, ...time],
      { metric: 'temperature', value: '50', unit: '℃', component: '1.1.30.1' },
    ],
    [
      'a temperature below zero',
      [3, 1, 1, 1, 30, 1, 0, 0, 0, 3, 0xce, 0xff, ...time],
      { metric: 'temperature', value: '-5' },
    ],
    [
      'an operation at the panel',
      [4, 1, 1, 1, 0b100, 9, ...time],
      { 'unit-type': 'operation', system: '1.1', component: '1.1', condition: 'manual-alarm', status: '0004' },
    ],
    ['a reset of the panel', [4, 1, 1, 1, 1, 9, ...time], { system: '1.1', condition: 'reset', status: '0001' }],
    ['a panel that says that it was reset', [1, 1, 1, 1, 0, 0x20, ...time], { condition: 'reset', status: '2000' }],
    ['an operation that is none', [4, 1, 1, 1, 0x80, 9, ...time], { condition: '', status: '0080' }],
    [
      'a transmitter whose line is broken',
      [21, 1, 0b100001, ...time],
      { 'unit-type': 'transmitter-state', condition: 'line-fault' },
    ],
    [
      'an operation at the transmitter',
      [24, 1, 1, 9, ...time],
      { 'unit-type': 'transmitter-operation', system: '', condition: 'reset', status: '0001' },
    ],
    ['the time of the transmitter', [28, 1, ...time], { 'unit-type': 'transmitter-time', condition: '' }],
  ])('say of %s', (_, application, expected) => {
    const rows = rowsOf(frame(application))
    expect(rows.map((row) => row.fields)).toMatchObject([{ device: ADDRESS, t: '20260105083000', ...expected }])
  })

  it('come several in a frame', () => {
    const one = [1, 1, 0b10, 0, ...time]
    const rows = rowsOf(frame([1, 2, ...one, ...one]))
    expect(rows.map((row) => [row.line, row.fields?.condition])).toEqual([
      [1, 'fire'],
      [2, 'fire'],
    ])
  })

  it('lose no fire to a description that is no GBK', () => {
    const [row] = rowsOf(frame(component(0b10, [0xb2, 0x41, 0xff, 0x80])))
    expect(row?.fields?.condition).toBe('fire')
  })

  it('lose no fire to a detector whose clock is not set: then it happened when it was told', () => {
    const application = component(0b10).slice(0, -6)
    const [row] = rowsOf(frame([...application, 0, 0, 0, 0, 0, 0]))
    expect(row?.fields).toMatchObject({ condition: 'fire', t: '20260105083000' })
  })

  it.each([
    ['no data', [], 'no application data'],
    ['a type that is not known', [99, 1, 0], 'type 99'],
    ['fewer bytes than units', [2, 1, 0, 0], 'take 48 bytes'],
    ['no unit', [2, 0], 'no unit'],
  ])('are rejected whole for %s', (_, application, hint) => {
    const [row, ...rest] = rowsOf(frame(application))
    expect(rest).toEqual([])
    expect(row).toMatchObject({ error: 'unreadable-line', hint: { en: expect.stringContaining(hint) } })
  })

  it('are none in a confirmation, and are not read in another version', () => {
    expect(rowsOf(frame([], { command: 3 }))).toEqual([])
    const later = frame(component(0b10))
    later[4] = 2
    later[later.length - 3] = ((later[later.length - 3] ?? 0) + 1) & 0xff
    expect(rowsOf(later)).toMatchObject([{ error: 'unknown-version' }])
  })
})

describe('a stream of frames', () => {
  const good = frame(component(0b10))

  it('is cut the same wherever the network cuts it', () => {
    const stream = Buffer.concat([good, Buffer.from('@@noise##'), good, good.subarray(0, 40), good])
    const whole = createGb26875Scanner()
    const expected = [...whole.push(stream), ...whole.end()]
    expect(expected.map(({ kind }) => kind)).toEqual(['frame', 'noise', 'frame', 'noise', 'frame'])
    for (const size of [1, 2, 3, 7, 50, 131]) {
      const scanner = createGb26875Scanner()
      const found = []
      for (let at = 0; at < stream.length; at += size) found.push(...scanner.push(stream.subarray(at, at + size)))
      expect([...found, ...scanner.end()]).toEqual(expected)
    }
  })

  it('rejects a frame whose sum is wrong, and reads the next', () => {
    const damaged = Buffer.from(good)
    damaged[40] = 0x55
    expect(rowsOf(Buffer.concat([damaged, good])).map((row) => row.error)).toEqual(['bad-checksum', undefined])
  })

  it('finds the frame that a wrong length had swallowed', () => {
    const damaged = Buffer.from(good)
    damaged[24] = 0x55
    expect(rowsOf(Buffer.concat([damaged, good, good])).map((row) => row.error)).toEqual([
      'unreadable-line',
      undefined,
      undefined,
    ])
  })
})
