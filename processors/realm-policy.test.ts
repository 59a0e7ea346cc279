import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { policyHash, validateRealmPolicy } from './realm-policy.ts'

const chicago = () => JSON.parse(readFileSync('policies/chicago/realm.json', 'utf8'))
const calendar = (name: string) => JSON.parse(readFileSync(`policies/calendars/${name}.json`, 'utf8'))
const sets = readdirSync('policies', { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('realm.json'),
)

const kinds = { kinds: ['registration'] }
const name = { zh: '测试', en: 'test' }
const comparison = (left: object, more: object = {}) => ({
  ...{ id: 'addresses', name, rule: 'agree', left: { select: kinds, ...left }, right: { select: kinds } },
  ...more,
})
const common = () => ({ id: 'one', name, family: 'conduct', weight: 10, basis: false, cause: 'silence' })

test.each(sets)('the policy that comes with the product is sound: %s', (path) => {
  const policy = validateRealmPolicy(JSON.parse(readFileSync(`policies/${path}`, 'utf8')), calendar)
  expect(policyHash(policy)).toMatch(/^[0-9a-f]{64}$/)
})

test.each(sets)('an absence rule allows as many days as its feed may take before it is late: %s', (path) => {
  const { indicators } = validateRealmPolicy(JSON.parse(readFileSync(`policies/${path}`, 'utf8')), calendar)
  for (const indicator of indicators) {
    if (indicator.kind !== 'absence') continue
    const feed = JSON.parse(readFileSync(`policies/${path.replace('realm', `feeds/${indicator.feed}`)}`, 'utf8'))
    expect(indicator.afterDays * 1440, indicator.id).toBeGreaterThanOrEqual(feed.lateAfterMinutes)
  }
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
    ['a calendar that is not there', { calendar: 'mars' }, '/calendar names mars'],
    [
      'a calendar with a gap',
      { calendar: { ...calendar('cn'), years: [calendar('cn').years[0], calendar('cn').years[2]] } },
      '/calendar the calendar leaves a gap before 2020',
    ],
    ['a comparison of texts that adds up', { comparisons: [comparison({ take: 'sum' })] }, '/comparisons/0/left'],
    ['a ratio without a bound', { comparisons: [comparison({}, { rule: 'ratio' })] }, '/comparisons/0 needs least'],
    [
      'a bound where texts must agree',
      { comparisons: [comparison({}, { most: 2000 })] },
      '/comparisons/0 has no use for most',
    ],
    [
      'a contradiction about a comparison that is not there',
      { indicators: [{ ...common(), kind: 'contradiction', comparison: 'staff', graceDays: 5 }] },
      '/indicators/0/comparison names staff',
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
