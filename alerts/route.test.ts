import { expect, test } from 'vitest'
import type { Route } from '../core/policy.ts'
import { routeTo } from './route.ts'

const routes: readonly Route[] = [
  { receiver: 'command', levels: ['red'] },
  { receiver: 'food', causes: ['food'], industries: ['H', 'F'] },
  { receiver: 'north', districts: ['north'] },
]
const warning = { district: 'north', industries: ['H'], cause: 'food' }

test('the first route that matches gets the warning', () => {
  expect(routeTo(routes, warning, 'red')).toBe('command')
  expect(routeTo(routes, warning, 'blue')).toBe('food')
})

test('every field of a route has to match', () => {
  expect(routeTo(routes, { ...warning, cause: 'fire' }, 'blue')).toBe('north')
})

test('a cluster matches a route that names any of its industries', () => {
  expect(routeTo(routes, { ...warning, industries: ['A', 'F'] }, 'blue')).toBe('food')
})

test('what no route matches goes to the duty desk', () => {
  expect(routeTo(routes, { district: 'south', industries: [], cause: '' }, 'blue')).toBe('duty-desk')
})
