import { expect, test } from 'vitest'
import { alertPolicy } from '../test/support/alert-policy.ts'
import { describeCluster, describeRiskChange, phrase } from './reason-text.ts'

const policy = alertPolicy()

test('a rise names the indicators that carried it, the strongest first', () => {
  const before = { risk: 412, parts: [['food-penalties', 300] as const, ['age', 112] as const] }
  const after = {
    risk: 655,
    parts: [['food-penalties', 510] as const, ['complaint-burst', 95] as const, ['age', 50] as const],
  }
  expect(describeRiskChange(before, after, policy)).toEqual({
    zh: '风险由 412 升至 655:食品安全处罚(+210)、投诉激增(+95)',
    en: 'Risk up from 412 to 655: Food safety penalties (+210), Complaint burst (+95)',
  })
})

test('a fall names what fell', () => {
  const before = { risk: 655, parts: [['food-penalties', 655] as const] }
  const after = { risk: 500, parts: [['food-penalties', 500] as const] }
  const change = describeRiskChange(before, after, policy)
  expect(phrase('eased', change, 'yellow').zh).toBe('风险由 655 降至 500:食品安全处罚(−155);降为黄色预警')
})

test('a correction says that it replaces what was told before', () => {
  const { zh, en } = phrase('corrected', { zh: '风险由 655 降至 100', en: 'Risk down from 655 to 100' }, 'orange')
  expect(zh).toContain('以本次为准')
  expect(en).toContain('replaces what you had')
})

test('a cluster names its industries with what is usual there, and how often chance would do this', () => {
  const rises = [
    { industry: 'H', count: 12, expected: 3.1 },
    { industry: 'F', count: 9, expected: 2 },
  ]
  expect(describeCluster('140106', 'food', rises, '0.04', policy).zh).toBe(
    '迎泽区「食品安全」在 2 个行业同时上升:住宿和餐饮业 12(平时 3.1)、批发和零售业 9(平时 2.0);同等强度的巧合每年预计 0.04 次',
  )
})
