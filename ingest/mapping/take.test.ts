import { describe, expect, test } from 'vitest'
import { joined } from '../../core/bilingual.ts'
import type { Take, When } from '../../core/feed-policy.ts'
import { compileText } from './take.ts'
import { takeFaults, whenFaults } from './take-faults.ts'
import { compileWhen } from './when.ts'

const row = {
  CF_CFLB: '',
  CF_CFLB1: '罚款',
  organ: '市场监管局 ',
  code: 'ａｂ－１２３（Ｘ）',
  text: '处以罚款 5 万元，文号：并市监罚〔2026〕12号。',
  month: '2026年3月',
  empty: '\\n',
  hours: '3',
}
const of = (take: Take) => compileText(take, 480)(row, 'folder-name')

describe('a value is made of a row', () => {
  test.each<[string, Take, string]>([
    ['a column, trimmed', { column: 'organ' }, '市场监管局'],
    ['a column that means nothing', { column: 'empty' }, ''],
    ['the first of several names that is not empty', { first: ['CF_CFLB', 'CF_CFLB1'] }, '罚款'],
    [
      'the first, one of them looked up',
      { first: ['CF_CFLB', { column: 'organ', table: { 市场监管局: 'market' } }] },
      'market',
    ],
    ['none of several', { first: ['CF_CFLB', 'gone'], otherwise: 'other' }, 'other'],
    ['joined, what is empty left out', { join: ['organ', 'CF_CFLB', 'CF_CFLB1'], separator: '/' }, '市场监管局/罚款'],
    ['joined with a constant', { join: [{ constant: 'no ' }, 'hours'] }, 'no 3'],
    ['full width, spaces and case', { column: 'code', halfWidth: true, upper: true }, 'AB-123(X)'],
    ['no spaces inside', { column: 'text', noSpaces: true, extract: '罚款(.+?)，' }, '5万元'],
    ['the first group of an expression', { column: 'text', extract: '文号：(.+?号)' }, '并市监罚〔2026〕12号'],
    ['what an expression does not find', { column: 'text', extract: '没收(.+)', otherwise: 'none' }, 'none'],
    ['what is cut out, looked up', { column: 'month', extract: '(\\d+)月', table: { '3': 'March' } }, 'March'],
    ['what is cut out, as fen', { column: 'text', noSpaces: true, extract: '罚款([^，]+)', unit: '元' }, '5000000'],
    [
      'a date, as epoch ms',
      { column: 'month', extract: '(\\d{4})年', date: ['yyyyMMdd', 'yyyy'] },
      String(Date.UTC(2025, 11, 31, 16)),
    ],
    ['the name of the source', { source: 'name' }, 'folder-name'],
  ])('%s', (_, take, expected) => {
    expect(takeFaults(take, '')).toEqual([])
    expect(of(take)).toBe(expected)
  })
})

describe('a condition holds', () => {
  test.each<[string, When, boolean]>([
    ['in', { column: 'CF_CFLB1', in: ['罚款', '警告'] }, true],
    ['first of several in', { first: ['CF_CFLB', 'CF_CFLB1'], in: ['罚款'] }, true],
    ['not', { not: { column: 'CF_CFLB1', in: ['罚款'] } }, false],
    [
      'any',
      {
        any: [
          { column: 'CF_CFLB', present: true },
          { column: 'hours', above: 2 },
        ],
      },
      true,
    ],
    [
      'all',
      {
        all: [
          { column: 'CF_CFLB', present: true },
          { column: 'hours', above: 2 },
        ],
      },
      false,
    ],
    ['between', { column: 'hours', above: 2, below: 4 }, true],
    ['below, where there is no number', { column: 'organ', below: 4 }, false],
    ['any of not', { any: [{ not: { column: 'hours', below: 2 } }] }, true],
    ['matches', { column: 'text', matches: '^处以' }, true],
  ])('%s', (_, when, expected) => {
    expect(whenFaults(when, '')).toEqual([])
    expect(compileWhen([when])(row)).toBe(expected)
  })
})

describe('what a steward got wrong is told with its place', () => {
  test.each<[string, object, string]>([
    ['a misspelt word', { colum: 'a' }, '/cause'],
    ['two origins', { column: 'a', first: ['b'] }, '/cause needs exactly one of column'],
    ['a misspelt word of a member', { first: ['a', { colum: 'b' }] }, '/cause/first/1'],
    ['a date within', { first: [{ column: 'a', date: 'iso' }] }, '/cause/first/0 is a member'],
    ['a pattern without a year', { column: 'a', date: ['iso', 'MM-dd'] }, '/cause the date pattern MM-dd has no yyyy'],
    ['an expression that is none', { column: 'a', extract: '(' }, '/cause Invalid regular expression'],
    ['an expression that may never end', { column: 'a', extract: '(a+)+$' }, '/cause the expression (a+)+$ repeats'],
    ['an unknown unit', { column: 'a', unit: '美元' }, '/cause/unit'],
    ['a date and an amount', { column: 'a', date: 'iso', unit: '元' }, '/cause can be only one of'],
    ['strict about nothing', { column: 'a', strict: true }, '/cause/strict needs'],
    ['a separator of nothing', { column: 'a', separator: ',' }, '/cause/separator is for join'],
  ])('%s', (_, take, fault) => {
    expect(joined(takeFaults(take, '/cause')).en).toContain(fault)
  })

  test.each<[string, object, string]>([
    ['no column', { in: ['a'] }, '/when/0 needs exactly one of column and first'],
    ['no question', { column: 'a' }, '/when/0 asks nothing'],
    ['a misspelt question', { column: 'a', equals: 'b' }, '/when/0'],
    [
      'a fault deep inside',
      { any: [{ column: 'a', present: true }, { not: { column: 'b', isIn: [] } }] },
      '/when/0/any/1/not',
    ],
    ['an empty group', { any: [] }, '/when/0/any'],
    ['an expression that is none', { column: 'a', matches: '[' }, '/when/0 Invalid regular expression'],
  ])('%s', (_, when, fault) => {
    expect(joined(whenFaults(when, '/when/0')).en).toContain(fault)
  })
})
