import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../core/errors.ts'
import { RISK_CLASSES, readSamplingPolicy, samplingPolicyName } from './sampling-policy.ts'

function preset(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../policies/sampling/${name}.json`, import.meta.url), 'utf8'))
}

describe('the sampling presets', () => {
  it('carry the ratios that Henan published in 2021: high 30 %, mid-high 10 %, mid 2 %, low 1 %', () => {
    const { classes, overrides } = readSamplingPolicy(preset('henan-2021'))
    expect(RISK_CLASSES.map((letter) => classes[letter].ratioPerMille)).toEqual([10, 20, 100, 300])
    expect(RISK_CLASSES.map((letter) => classes[letter].band.en)).toEqual(['low', 'mid', 'mid-high', 'high'])
    expect(overrides).toMatchObject([{ id: 'all-zero-annual-report', ratioPerMille: 1000 }])
  })

  it('carry the ranges and frequencies that Lindian county, Daqing, published in 2024, and name a point inside each', () => {
    const { classes } = readSamplingPolicy(preset('daqing-2024'))
    expect(
      RISK_CLASSES.map((letter) => [classes[letter].published.fromPerMille, classes[letter].published.toPerMille]),
    ).toEqual([
      [0, 50],
      [50, 200],
      [210, 600],
      [610, 1000],
    ])
    expect(RISK_CLASSES.map((letter) => classes[letter].cap.text)).toEqual([
      '小于1次/年',
      '1次/年',
      '小于2次/年',
      '按需确定',
    ])
    expect(RISK_CLASSES.map((letter) => [classes[letter].cap.visits, classes[letter].cap.years])).toEqual([
      [1, 2],
      [1, 1],
      [1, 1],
      [-1, 1],
    ])
  })

  it('have a default inside the published ranges', () => {
    const { classes } = readSamplingPolicy(preset('default'))
    expect(RISK_CLASSES.map((letter) => classes[letter].ratioPerMille)).toEqual([10, 50, 250, 1000])
  })

  it('are named by their content: one changed number is another policy', () => {
    const policy = readSamplingPolicy(preset('henan-2021'))
    const other = { ...policy, working: { ...policy.working, floorPerMille: 101 } }
    expect(samplingPolicyName(policy)).toMatch(/^henan-2021@[0-9a-f]{16}$/)
    expect(samplingPolicyName(other)).not.toBe(samplingPolicyName(policy))
  })
})

describe('a sampling policy is refused', () => {
  const wide = { fromPerMille: 0, toPerMille: 1000, text: '0-100%', source: { zh: '测试', en: 'test' } }
  const grown = (letter: string, fields: object) => {
    const document = preset('daqing-2024')
    const classes = document.classes as Record<string, object>
    return { ...document, classes: { ...classes, [letter]: { ...classes[letter], ...fields } } }
  }

  it.each([
    ['that would never visit a class', grown('A', { ratioPerMille: 0 }), /\/classes\/A\/ratioPerMille/],
    ['whose point lies outside the published range', grown('B', { ratioPerMille: 201 }), /50–200/],
    ['that visits a riskier class less', grown('C', { ratioPerMille: 199, published: wide }), /lesser risk/],
    ['with a field that nothing reads', { ...preset('default'), colour: 'red' }, /sampling policy/],
    ['that is no policy at all', null, /sampling policy/],
  ])('%s', (_, document, message) => {
    expect(() => readSamplingPolicy(document)).toThrow(message)
  })

  it('with a sentence for a person, not a stack', () => {
    expect(() => readSamplingPolicy({})).toThrow(Refusal)
  })
})
