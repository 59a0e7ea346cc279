import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { policyHash, validateRealmPolicy } from './realm-policy.ts'

const chicago = () => JSON.parse(readFileSync('policies/chicago/realm.json', 'utf8'))
const sets = readdirSync('policies', { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('realm.json'),
)

test.each(sets)('the policy that comes with the product is sound: %s', (path) => {
  const policy = validateRealmPolicy(JSON.parse(readFileSync(`policies/${path}`, 'utf8')))
  expect(policyHash(policy)).toMatch(/^[0-9a-f]{64}$/)
})

test('the hash names the content, not the order of keys', () => {
  const policy = validateRealmPolicy(chicago())
  const turned = validateRealmPolicy(Object.fromEntries(Object.entries(chicago()).reverse()))
  expect(policyHash(turned)).toBe(policyHash(policy))
  expect(policyHash({ ...policy, warningHysteresis: 51 })).not.toBe(policyHash(policy))
})

describe('a policy is refused with every place that is wrong', () => {
  test.each([
    ['a misspelt field', { tickMinute: 5 }, 'tickMinute'],
    ['a tick that does not divide a day', { tickMinutes: 7 }, '/tickMinutes'],
    ['classes that do not begin at 0', { classes: [{ class: 'A', from: 10 }] }, '/classes'],
    ['a decay that never ends', { decays: { ...chicago().decays, complaints: [[0, 1000]] } }, '/decays/complaints'],
    ['an indicator whose decay is not there', { decays: {} }, '/indicators/0/decay names findings'],
    ['a cell that is not there', { cells: [] }, '/detection/cell'],
    [
      'an indicator without its fields',
      { indicators: [{ ...chicago().indicators[0], saturation: undefined }] },
      '/indicators/0',
    ],
    [
      'an unknown kind of indicator',
      { indicators: [{ ...chicago().indicators[0], kind: 'hunch' }] },
      '/indicators/0/kind',
    ],
  ])('%s', (_, changes, fault) => {
    expect(() => validateRealmPolicy({ ...chicago(), ...changes })).toThrow(fault)
  })
})
