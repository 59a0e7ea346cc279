import fc from 'fast-check'
import { expect, it } from 'vitest'
import { asItIs, folded, inBoth, joined, unfolded } from './bilingual.ts'

it('a text is kept as one, a line a language, and read back; words of no language once', () => {
  expect(folded({ zh: '为空', en: 'empty' })).toBe('为空\nempty')
  expect(folded(asItIs('HJ 212'))).toBe('HJ 212')
  const line = fc.string({ minLength: 1 }).map((text) => text.replaceAll(/\s+/g, ' '))
  fc.assert(
    fc.property(line, line, (zh, en) => {
      expect(unfolded(folded({ zh, en }))).toEqual({ zh, en })
    }),
  )
})

it('what breaks its line in one language does not become the other', () => {
  expect(unfolded(folded({ zh: '一\n二', en: 'one\r\ntwo' }))).toEqual({ zh: '一 二', en: 'one two' })
})

it('what was kept before in English alone is read in both', () => {
  expect(unfolded('CF_JDRQ: empty')).toEqual(asItIs('CF_JDRQ: empty'))
})

it('several become one in each language, and both one line', () => {
  const both = joined([asItIs('CF_JDRQ'), { zh: '为空', en: 'empty' }], ': ')
  expect(both).toEqual({ zh: 'CF_JDRQ: 为空', en: 'CF_JDRQ: empty' })
  expect(inBoth(both)).toBe('CF_JDRQ: 为空 / CF_JDRQ: empty')
})
