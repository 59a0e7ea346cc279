import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UnusableValue } from '../../core/errors.ts'
import { compileInstant } from './dates.ts'
import { compileDecimal } from './decimal.ts'
import { compileMoney } from './money.ts'
import { hidePersonalNumbers, isIdentityNumber } from './personal.ts'

const utc = (text: string) => Date.parse(text)

describe('an instant is read by its pattern, in the zone of its realm', () => {
  test.each([
    ['yyyy-MM-dd', 480, '2026-11-22', '2026-11-21T16:00:00Z'],
    ['yyyyMMdd', -360, '20140829', '2014-08-29T06:00:00Z'],
    ['yyyy-MM-dd HH:mm:ss', 0, '2014-07-01 00:30:00', '2014-07-01T00:30:00Z'],
    ['yyyy|M|d|H', 480, '2013|3|1|0', '2013-02-28T16:00:00Z'],
    ['yyyy年M月d日', 480, '2024年2月29日', '2024-02-28T16:00:00Z'],
    ['yyyyMMddHHmmssSSS', 480, '20260105083000001', '2026-01-05T00:30:00.001Z'],
    ['iso', 480, '2026-11-22', '2026-11-21T16:00:00Z'],
    ['iso', 480, '2026-11-22T14:05:00.123Z', '2026-11-22T14:05:00.123Z'],
    ['iso', 0, '2026-11-22T14:05:00+08:00', '2026-11-22T06:05:00Z'],
    ['epoch-ms', 480, '1763791500000', '2025-11-22T06:05:00Z'],
  ])('%s at %i: %s', (pattern, offset, text, expected) => {
    expect(compileInstant(pattern, offset)(text)).toBe(utc(expected))
  })

  test.each([
    ['yyyy-MM-dd', '2014-02-30'],
    ['yyyy-MM-dd', '2023-02-29'],
    ['yyyy-MM-dd', '1900-02-29'],
    ['yyyy-MM-dd', '2014-13-01'],
    ['yyyy-MM-dd', '2014-00-01'],
    ['yyyy-MM-dd', '2014-1-1'],
    ['yyyy-MM-dd', '2014-01-01 00:00'],
    ['yyyy-MM-dd HH:mm', '2014-01-01 24:00'],
    ['iso', '2014-02-30T00:00:00Z'],
    ['iso', '2014-01-01T00:00:00+25:00'],
    ['epoch-ms', '1e12'],
  ])('%s: %s does not exist', (pattern, text) => {
    expect(compileInstant(pattern, 480)(text)).toBeUndefined()
  })

  test('every day of four centuries is the day that the platform counts', () => {
    const read = compileInstant('yyyy-MM-dd', 0)
    fc.assert(
      fc.property(fc.integer({ min: utc('1800-01-01') / 864e5, max: utc('2200-01-01') / 864e5 }), (day) => {
        expect(read(new Date(day * 864e5).toISOString().slice(0, 10))).toBe(day * 864e5)
      }),
    )
  })

  test('a pattern without a year, or with a field twice, is refused when it is compiled', () => {
    expect(() => compileInstant('MM-dd', 0)).toThrow(UnusableValue)
    expect(() => compileInstant('yyyy-MM-MM', 0)).toThrow(UnusableValue)
  })
})

describe('decimal units are exact', () => {
  test.each([
    ['1.23', 1_000_000, 1_230_000],
    ['0.07', 1_000_000, 70_000],
    ['1.005', 1000, 1005],
    ['-0.29', 100, -29],
    ['+3', -100, -300],
    ['1,234.5', 100, 123_450],
    ['1.5e2', 100, 15_000],
    ['.0000000000', 1, 0],
    ['-0', 1, 0],
    ['250', 0.01, 2.5],
  ])('%s × %d', (text, times, expected) => {
    expect(compileDecimal(times)(text)).toBe(expected)
  })

  test.each(['', '.', 'NA', '1.2.3', '1,23', '0x10', 'Infinity', '1e999', '１２', ' 1', '9'.repeat(80)])(
    '"%s" is no number',
    (text) => {
      expect(compileDecimal(100)(text)).toBeUndefined()
    },
  )

  test('万元 with up to 6 decimals become whole fen without loss', () => {
    const read = compileDecimal(1_000_000)
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_000_000_000_000_000n }), (fen) => {
        const digits = fen.toString().padStart(7, '0')
        expect(read(`${digits.slice(0, -6)}.${digits.slice(-6)}`)).toBe(Number(fen))
      }),
    )
  })
})

describe('personal numbers in free text become tokens', () => {
  const key = new Uint8Array(32).fill(7)
  const hide = (text: string) => hidePersonalNumbers(text, key)

  // Made numbers: 14010519900307 + a sequence whose check character was computed from the standard.
  const identity = withCheck('14010519900307123')

  test('an identity number and a mobile number, however they are set in the text', () => {
    expect(hide(`投诉人${identity}，电话13800138000。`)).toMatch(/^投诉人tk:[0-9a-f]{20}，电话tk:[0-9a-f]{20}。$/)
    const token = hide('13800138000')
    for (const typed of ['+8613800138000', '138-0013-8000', '138 0013 8000', '１３８００１３８０００'])
      expect(hide(typed)).toBe(token)
  })

  test.each([
    ['an identity number with a wrong check character', wrongCheck(identity)],
    ['an identity number of a day that does not exist', withCheck('14010519900231123')],
    ['a unified code of digits', '914403001922038216'],
    ['a coordinate', '0.13800138000'],
    ['a longer number', '138001380001'],
    ['a licence number', 'A13800138000'],
    ['a land line', '0351-4012345'],
  ])('%s stays', (_, text) => {
    expect(hide(text)).toBe(text)
  })

  test('what was hidden once stays as it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(identity, '13800138000', ' ', '，', 'a', '1', '-'), { maxLength: 8 }),
        (parts) => {
          const once = hide(parts.join(''))
          expect(hide(once)).toBe(once)
        },
      ),
    )
  })

  function withCheck(first17: string): string {
    const found = [...'0123456789X'].find((check) => isIdentityNumber(first17 + check))
    // A date that does not exist has no valid check character; any will do.
    return first17 + (found ?? '0')
  }

  function wrongCheck(number: string): string {
    return number.slice(0, 17) + (number.endsWith('1') ? '2' : '1')
  }
})

describe('amounts of money become whole fen', () => {
  test.each([
    ['万元', '1.23', 1_230_000],
    ['万元', '0.0001', 100],
    ['万元', '0.000001', 1],
    ['万元', '0.30000000000000004', 300_000],
    ['万元', '-0.0000005', -1],
    ['万元', '5000元', 500_000],
    ['元', '3 万元', 3_000_000],
    ['元', '1.5亿', 15_000_000_000],
    ['元', '￥1,234.50', 123_450],
    ['元', '80元整', 8_000],
    ['角', '7', 70],
    ['分', '7', 7],
    ['千元', '0.07', 7_000],
    ['百万元', '2.5', 250_000_000],
    ['亿元', '0.00000001', 100],
  ] as const)('%s: %s', (unit, text, fen) => {
    expect(compileMoney(unit)(text)).toBe(fen)
  })

  test.each(['', '元', '五万元', '5美元', '1.2.3万', '5万元5'])('"%s" is no amount', (text) => {
    expect(compileMoney('元')(text)).toBeUndefined()
  })

  test('the quick way and the long way agree to the last bit', () => {
    const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.integer({ min: 0, max: 12 }))
    fc.assert(
      fc.property(decimal, fc.constantFrom(100, 1_000_000, 10_000_000_000), ([digits, scale], times) => {
        const text = `${digits < 0n ? '-' : ''}${String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')}`
        const cut = text.length - scale
        const written = scale === 0 ? text : `${text.slice(0, cut)}.${text.slice(cut)}`
        const exact = Number(`${digits * BigInt(times)}e-${scale}`)
        expect(compileDecimal(times)(written)).toBe(exact === 0 ? 0 : exact)
      }),
    )
  })
})

describe('of several date patterns the first that fits is taken', () => {
  const read = compileInstant(['yyyy-MM-dd', 'yyyyMMdd', 'excel'], 480)
  test.each([
    ['2024-01-01', '2023-12-31T16:00:00Z'],
    ['20240101', '2023-12-31T16:00:00Z'],
    ['45292', '2023-12-31T16:00:00Z'],
    ['45292.75', '2024-01-01T10:00:00Z'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(utc(expected))
  })

  test.each(['4529', '452920', '2024/1/1', '99999999'])('%s fits none', (text) => {
    expect(read(text)).toBeUndefined()
  })

  test.each([
    ['2026-02-28', '2026-02-27T16:00:00Z'],
    ['2026/2/28', '2026-02-27T16:00:00Z'],
    ['2026年2月28日', '2026-02-27T16:00:00Z'],
    ['20260228', '2026-02-27T16:00:00Z'],
    ['2026.2.28', '2026-02-27T16:00:00Z'],
    ['2026-02-28 09:30:00', '2026-02-28T01:30:00Z'],
    ['2026/2/28 9:30', '2026-02-28T01:30:00Z'],
    ['20260228093000', '2026-02-28T01:30:00Z'],
    ['2026-02-28T09:30:00+08:00', '2026-02-28T01:30:00Z'],
    ['46081', '2026-02-27T16:00:00Z'],
  ])('common: %s', (text, expected) => {
    expect(compileInstant('common', 480)(text)).toBe(utc(expected))
  })

  test('what is due on a day is due until its last millisecond, unless a time of day is written', () => {
    const due = compileInstant('common', 480, { dayEnd: true })
    expect(due('2026-02-28')).toBe(utc('2026-02-28T15:59:59.999Z'))
    expect(due('46081')).toBe(utc('2026-02-28T15:59:59.999Z'))
    expect(due('2026-02-28 09:30')).toBe(utc('2026-02-28T01:30:00Z'))
  })

  test('seconds since 1970', () => {
    expect(compileInstant('epoch-s', 480)('1763791500')).toBe(utc('2025-11-22T06:05:00Z'))
  })
})
