import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLineWriter, joinLines } from './line-bytes.ts'

it('gives the bytes of all lines in the order asked for, whatever stands in them', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
      const write = createLineWriter()
      const lines = texts.map((text) => write(`${text}\n`, 1)).reverse()
      expect(joinLines(lines).toString()).toBe(
        texts
          .map((text) => `${text}\n`)
          .reverse()
          .join(''),
      )
    }),
  )
})

it('takes more than a room holds, and earlier lines stay what they were', () => {
  const write = createLineWriter()
  const small = write('烽燧\n', 1)
  const large = write('字'.repeat(700_000), 1)
  const next = write('after\n', 1)
  expect(joinLines([large]).length).toBe(2_100_000)
  expect(joinLines([small, next]).toString()).toBe('烽燧\nafter\n')
})
