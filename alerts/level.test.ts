import { describe, expect, test } from 'vitest'
import { alertPolicy } from '../test/support/alert-policy.ts'
import { judgeLevel, type Level } from './level.ts'

const { warnings, warningHysteresis } = alertPolicy()

const cases: readonly [sentence: string, previous: Level, risk: number, level: Level, held: boolean][] = [
  ['a risk under every band is no level', 'none', 299, 'none', false],
  ['a risk at a band takes its level', 'none', 300, 'blue', false],
  ['a jump takes the highest band at once', 'blue', 812, 'red', false],
  ['a level is held while the risk is within the hysteresis', 'orange', 550, 'orange', true],
  ['one point below the hysteresis the level falls', 'orange', 549, 'yellow', false],
  ['a deep fall passes several bands, and the last one may be held', 'red', 420, 'yellow', false],
  ['the lowest level too is held', 'blue', 250, 'blue', true],
  ['below it nothing is left', 'blue', 249, 'none', false],
  ['the hysteresis never raises', 'none', 299, 'none', false],
]

describe('a level', () => {
  test.each(cases)('%s', (_sentence, previous, risk, level, held) => {
    expect(judgeLevel(previous, risk, warnings, warningHysteresis)).toEqual({ level, held })
  })
})
