import { describe, expect, it } from 'vitest'
import { parseExact } from './exact-json.ts'

describe('parseExact', () => {
  it.each([
    ['a number that JavaScript holds exactly stays a number', '{"a":9007199254740991}', { a: 9007199254740991 }],
    ['a longer one becomes text', '{"a":9007199254740993}', { a: '9007199254740993' }],
    ['its sign too', '[-9223372036854775808]', ['-9223372036854775808']],
    [
      'digits within text stay as they are',
      '{"9007199254740993":"x \\" 9007199254740993 \\\\"}',
      { '9007199254740993': 'x " 9007199254740993 \\' },
    ],
    ['digits of a fraction are not a whole number', '[1.12345678901234567890, 1e300]', [1.1234567890123457, 1e300]],
  ])('%s', (_name, text, value) => {
    expect(parseExact(text)).toEqual(value)
  })
})
