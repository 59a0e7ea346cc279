import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { foundFrames, sharedVectors, VECTORS_MISSING, VECTORS_REMEDY } from '../../test/support/shared-vectors.ts'
import { encodeHj212, hj212Crc } from './hj212-frame.ts'
import { createHj212Scanner } from './hj212-scanner.ts'
import type { Row } from './row.ts'
import { readRows } from './row-reader.ts'

const OFFICIAL = 'QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&'
const MN = '140105A8900016F000169DC0'
const head = (rest: string, cn = '2011') => `QN=20260105083000001;ST=32;CN=${cn};PW=123456;MN=${MN};${rest}`
const frame = (cp: string, flag = 'Flag=5;', cn = '2011') => encodeHj212(`${head(`${flag}CP=${cp}`, cn)}`)
const REALTIME = '&&DataTime=20260105083000;w01018-Rtd=38.6,w01018-Flag=N&&'

const rowsOf = (bytes: Uint8Array | string): Row[] =>
  readRows({ format: 'hj212', required: [] }, typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
const summary = (rows: readonly Row[]) =>
  rows.map((row) =>
    row.fields === undefined
      ? row.error
      : `${row.fields.metric}-${row.fields.statistic}=${row.fields.value}${row.fields.text} ${row.fields.quality} @${row.fields.t}`,
  )

describe('the check of HJ 212', () => {
  it('gives what annex A prints, which is not what Modbus gives', () => {
    expect(hj212Crc(Buffer.from(OFFICIAL))).toBe(0x1c80)
    expect(hj212Crc(Buffer.from(OFFICIAL))).not.toBe(0x0759)
  })

  it('has 256 values alone, so that a damaged frame passes now and then', () => {
    const seen = new Set(Array.from({ length: 20_000 }, (_, i) => hj212Crc(Buffer.from(`w01018-Rtd=${i}`))))
    expect(seen.size).toBe(256)
    expect(new Set([...seen].map((crc) => crc & 0xff))).toEqual(new Set([0, 1, 0x40, 0x41, 0x80, 0x81, 0xc0, 0xc1]))
  })
})

describe.skipIf(VECTORS_MISSING)(`published and found frames${VECTORS_REMEDY}`, () => {
  const { hj212, hj212_negative } = sharedVectors()

  it.each(hj212)('$name: its length and check are right', ({ frame: text, len, crc }) => {
    const [found, ...rest] = createHj212Scanner().push(Buffer.from(text))
    expect(rest).toEqual([])
    expect(found).toMatchObject({ kind: 'frame', isSound: true })
    if (found?.kind === 'frame') {
      expect(found.data.length).toBe(len)
      expect(encodeHj212(found.data.toString()).toString()).toBe(text)
      expect(found.raw.toString().slice(-4)).toBe(crc)
    }
    expect(rowsOf(text).map((row) => row.error)).not.toContain('bad-checksum')
  })

  it.each(hj212_negative)('$name', ({ frame: text, expected_crc: expected }) => {
    expect(summary(rowsOf(text))).toEqual(['bad-checksum'])
    expect(hj212Crc(Buffer.from(text.slice(6, -6)))).toBe(Number.parseInt(expected, 16))
  })

  it.each(foundFrames())('$crc: $frame', ({ crc, frame: text }) => {
    const rows = rowsOf(text)
    expect(rows.some((row) => row.error === 'bad-checksum')).toBe(crc === 'CRC_BAD')
    expect(rows.length).toBeGreaterThan(0)
    if (crc === 'CRC_BAD') expect(rows).toHaveLength(1)
    else if (/;Flag=8;/.test(text)) expect(new Set(summary(rows))).toEqual(new Set(['unknown-version']))
    else expect(rows.filter((row) => row.error !== undefined).map((row) => row.hint)).toEqual([])
  })
})

describe('rows of a message', () => {
  it('are one for each factor and statistic, with everything that tells them apart', () => {
    const rows = rowsOf(
      frame(
        '&&DataTime=20260105080000;w01018-Cou=3.85,w01018-Min=62.0,w01018-Avg=85.5,w01018-Max=121.0,w01018-Flag=N&&',
        'Flag=5;',
        '2061',
      ),
    )
    expect(rows.map((row) => row.fields?.statistic)).toEqual(['Cou', 'Min', 'Avg', 'Max'])
    expect(rows[2]?.fields).toEqual({
      device: MN,
      cn: '2061',
      st: '32',
      version: '2017',
      metric: 'w01018',
      code: 'w01018',
      statistic: 'Avg',
      value: '85.5',
      text: '',
      unit: 'mg/L',
      quality: 'N',
      t: '20260105080000',
      sampled: '',
      qn: '20260105083000001',
    })
    expect(rows.map((row) => row.line)).toEqual([1, 2, 3, 4])
  })

  it.each([
    [
      'codes of 2005 beside those of 2017',
      '&&DataTime=20160824003817;B01-Rtd=36.91;011-Rtd=231.0,011-Flag=N;w21003-Rtd=1&&',
      'Flag=4;',
      ['w00000-Rtd=36.91  @20160824003817', 'w01018-Rtd=231.0 N @20160824003817', 'w21003-Rtd=1  @20160824003817'],
    ],
    ['no flag at all: a frame of 2005', REALTIME, '', ['w01018-Rtd=38.6 N @20260105083000']],
    [
      'CP between single ampersands',
      '&DataTime=20260105083000;w01018-Rtd=1&',
      'Flag=4;',
      ['w01018-Rtd=1  @20260105083000'],
    ],
    [
      'the flag of all factors at the level of CP',
      '&&DataTime=20260105083000;w01018-Rtd=1;w21003-Rtd=2,w21003-Flag=D;Flag=M&&',
      'Flag=4;',
      ['w01018-Rtd=1 M @20260105083000', 'w21003-Rtd=2 D @20260105083000'],
    ],
    [
      'the flag in an entry of its own',
      '&&DataTime=20260105083000;w01018-Rtd=1;w01018-Flag=C&&',
      'Flag=4;',
      ['w01018-Rtd=1 C @20260105083000'],
    ],
    [
      'a time with milliseconds',
      '&&DataTime=20260105083000123;w01018-Rtd=1&&',
      'Flag=4;',
      ['w01018-Rtd=1  @20260105083000'],
    ],
    ['a time in minutes', '&&DataTime=202601050830;w01018-Rtd=1&&', 'Flag=4;', ['w01018-Rtd=1  @20260105083000']],
    ['a day as a time', '&&DataTime=20260105;w01018-Avg=1&&', 'Flag=4;', ['w01018-Avg=1  @20260105000000']],
    [
      'the same value twice',
      '&&DataTime=20260105083000;a21-Rtd=0.00;a21-Rtd=0.00&&',
      'Flag=4;',
      ['a21-Rtd=0.00  @20260105083000'],
    ],
    [
      'a state of a device',
      '&&DataTime=20260105083000;SB1-RS=1;SB2-RS=0&&',
      'Flag=4;',
      ['SB1-RS=1  @20260105083000', 'SB2-RS=0  @20260105083000'],
    ],
    [
      'a device that tells of itself',
      '&&DataTime=20260105083000;i12001-Info=1//ok&&',
      'Flag=4;',
      ['i12001-Info=1//ok  @20260105083000'],
    ],
    [
      'a faulty instrument, whatever it shows',
      '&&DataTime=20260105083000;w01001-Rtd=-999,w01001-Flag=D&&',
      'Flag=4;',
      ['w01001-Rtd=-999 D @20260105083000'],
    ],
  ])('understand %s', (_, cp, flag, expected) => {
    expect(summary(rowsOf(frame(cp, flag)))).toEqual(expected)
  })

  it('understand a message without QN, one with 18 digits, and a short MN', () => {
    for (const text of [
      `ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=${REALTIME}`,
      `QN=201608240038170001;ST=32;CN=2011;PW=1;MN=LD13;Flag=4;CP=${REALTIME.replace('2026', '2016')}`,
    ]) {
      expect(rowsOf(encodeHj212(text)).map((row) => row.error)).toEqual([undefined])
      expect(['', '20160824003817000']).toContain(rowsOf(encodeHj212(text))[0]?.fields?.qn)
    }
  })

  it.each([
    ['another version of the protocol', REALTIME, 'Flag=9;', 'unknown-version', 'version 2'],
    ['a flag that is no number', REALTIME, 'Flag=x;', 'unreadable-line', 'Flag'],
    ['no time of the data', '&&w01018-Rtd=1&&', 'Flag=4;', 'missing-value', 'DataTime'],
    ['a time of no granularity', '&&DataTime=2026;w01018-Rtd=1&&', 'Flag=4;', 'bad-date', 'DataTime'],
    ['a time that has not come', '&&DataTime=20270105083000;w01018-Rtd=1&&', 'Flag=4;', 'impossible-time', 'after QN'],
    ['nothing measured', '&&DataTime=20260105083000&&', 'Flag=4;', 'missing-value', 'neither a factor'],
    ['words', '&&DataTime=20260105083000;hello&&', 'Flag=4;', 'wrong-columns', 'hello'],
    [
      'two values of one factor',
      '&&DataTime=20260105083000;a21-Rtd=1;a21-Rtd=2&&',
      'Flag=4;',
      'wrong-columns',
      'twice',
    ],
    ['a flag that is none', '&&DataTime=20260105083000;a21-Rtd=1,a21-Flag=Q&&', 'Flag=4;', 'wrong-columns', 'N F M S'],
    [
      'a value that no instrument shows',
      '&&DataTime=20260105083000;w01001-Rtd=72.0&&',
      'Flag=4;',
      'implausible-value',
      '0 to 14',
    ],
    ['no CP', 'x', 'Flag=4;', 'unreadable-line', 'CP'],
  ])('say of %s why they are none', (_, cp, flag, reason, hint) => {
    const rows = rowsOf(frame(cp, flag))
    expect(rows.map((row) => row.error)).toEqual([reason])
    expect(rows[0]?.error === undefined ? '' : rows[0]?.hint.en).toContain(hint)
  })

  it('reject a factor whose least value is above its greatest, and keep the others', () => {
    const rows = rowsOf(frame('&&DataTime=20260105083000;w01018-Min=90,w01018-Avg=80,w01018-Max=85;w21003-Avg=1&&'))
    expect(summary(rows)).toEqual([
      'implausible-value',
      'implausible-value',
      'implausible-value',
      'w21003-Avg=1  @20260105083000',
    ])
    expect(new Set(rows.map((row) => row.line)).size).toBe(4)
  })

  it('are none for a part of the conversation', () => {
    expect(rowsOf(encodeHj212(OFFICIAL))).toEqual([])
    expect(rowsOf(encodeHj212(head('Flag=4;CP=&&&&', '9014')))).toEqual([])
  })
})

describe('a stream of frames', () => {
  const good = frame(REALTIME)

  it('is cut the same wherever the network cuts it', () => {
    const stream = Buffer.concat([good, Buffer.from('noise\r\n'), good, frame('x'), good.subarray(0, 40), good])
    const whole = createHj212Scanner()
    const expected = [...whole.push(stream), ...whole.end()]
    expect(expected.map(({ kind }) => kind)).toEqual(['frame', 'noise', 'frame', 'frame', 'noise', 'frame'])
    for (const size of [1, 2, 3, 7, 50, 131]) {
      const scanner = createHj212Scanner()
      const found = []
      for (let at = 0; at < stream.length; at += size) found.push(...scanner.push(stream.subarray(at, at + size)))
      expect([...found, ...scanner.end()]).toEqual(expected)
    }
  })

  it.each([
    [
      'a length that is too large',
      Buffer.concat([Buffer.from(good.toString().replace('##0', '##1')), good]),
      ['unreadable-line', 'ok'],
    ],
    [
      'a length that is too small',
      Buffer.concat([Buffer.from(good.toString().replace(/##0(\d)\d\d/, '##0099')), good]),
      ['bad-checksum', 'unreadable-line', 'ok'],
    ],
    ['hashes before it', Buffer.concat([Buffer.from('###'), good]), ['unreadable-line', 'ok']],
    [
      'more than a frame may hold',
      Buffer.concat([Buffer.from(`##1025${'x'.repeat(1025)}0000\r\n`), good]),
      ['unreadable-line', 'ok'],
    ],
    ['no line end', Buffer.concat([good.subarray(0, -2), good]), ['ok', 'ok']],
    ['a check in small letters', Buffer.from(good.toString().replace(/....\r\n$/, (crc) => crc.toLowerCase())), ['ok']],
    ['an end inside it', good.subarray(0, -9), ['unreadable-line']],
  ])('finds the next frame after %s', (_, stream, expected) => {
    expect(rowsOf(stream).map((row) => row.error ?? 'ok')).toEqual(expected)
  })

  it('holds no more than one frame of whatever comes', () => {
    const scanner = createHj212Scanner()
    let told = 0
    for (let i = 0; i < 200; i++) {
      for (const found of scanner.push(Buffer.alloc(10_000, 0x78))) {
        expect(found.raw.length).toBeLessThanOrEqual(1_024)
        told += found.kind === 'noise' ? found.bytes : 0
      }
    }
    expect(told).toBeGreaterThan(1_990_000)
  })
})

describe('a message in several packets', () => {
  const packet = (number: number, cp: string, of = 2) =>
    encodeHj212(head(`Flag=7;PNUM=${of};PNO=${number};CP=&&${cp}&&`, '2051'))
  const first = packet(1, 'DataTime=20260105105000;w01018-Avg=40.1,w01018-Flag=N')
  const second = packet(2, 'w21003-Avg=1.2,w21003-Flag=N')
  const both = ['w01018-Avg=40.1 N @20260105105000', 'w21003-Avg=1.2 N @20260105105000']

  it('takes the time of the data from the packet that has it, in either order', () => {
    expect(summary(rowsOf(Buffer.concat([first, second])))).toEqual(both)
    expect(summary(rowsOf(Buffer.concat([second, first])))).toEqual(both)
  })

  it('keeps with a packet what it needs to be read again alone', () => {
    const [, row] = rowsOf(Buffer.concat([first, second]))
    expect(summary(rowsOf(row?.raw ?? ''))).toEqual(both)
  })

  it('is rejected where the packet with the time never came, and no packet is waited for without end', () => {
    expect(summary(rowsOf(second))).toEqual(['missing-value'])
    const many = Buffer.concat(Array.from({ length: 60 }, (_, i) => packet(i + 2, `w21003-Avg=${i}`, 64)))
    expect(summary(rowsOf(many))).toEqual(Array.from({ length: 60 }, () => 'missing-value'))
  })

  it('is rejected where it counts wrongly', () => {
    expect(rowsOf(packet(3, 'DataTime=20260105105000;w01018-Avg=1')).map((row) => row.error)).toEqual([
      'unreadable-line',
    ])
    expect(rowsOf(packet(1, 'DataTime=20260105105000;w01018-Avg=1', 9999)).map((row) => row.error)).toEqual([
      'unreadable-line',
    ])
  })
})

describe('the example of the simulated city', () => {
  it('is read whole', () => {
    const rows = rowsOf(readFileSync(new URL('../../examples/pollution-monitors.hj212', import.meta.url)))
    expect(rows.length).toBe(20)
    expect(rows.filter((row) => row.error !== undefined)).toEqual([])
    expect(new Set(rows.map((row) => row.fields?.metric))).toEqual(new Set(['w01018', 'a21026']))
  })
})
