import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lineBytes } from './line-bytes.ts'

it('gives the bytes of all lines, whatever stands in them', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (lines) => {
      expect(lineBytes(lines).toString()).toBe(lines.map((line) => `${line}\n`).join(''))
    }),
  )
})

it('gives more than its scratch room holds, and earlier bytes stay what they were', () => {
  const small = lineBytes(['烽燧'])
  const large = lineBytes(['字'.repeat(700_000)])
  lineBytes(['overwritten'])
  expect(large.length).toBe(2_100_001)
  expect(small.toString()).toBe('烽燧\n')
})
