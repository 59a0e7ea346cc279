import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../core/errors.ts'
import { readInspectors } from './inspectors.ts'

const file = new URL('../policies/demo-city/inspectors.json', import.meta.url)

describe('the roster of inspectors', () => {
  it('of the simulated city has a team of the market regulator in every district', () => {
    const inspectors = readInspectors(JSON.parse(readFileSync(file, 'utf8')))
    const districts = new Set(inspectors.map(({ district }) => district))
    expect(districts.size).toBeGreaterThanOrEqual(10)
    for (const district of districts) {
      expect(inspectors.filter((one) => one.district === district).length).toBeGreaterThanOrEqual(2)
    }
  })

  it.each([
    ['names a person', [{ inspector: '王某', authority: 'm', district: '', avoids: [] }]],
    ['names one twice', Array(2).fill({ inspector: 'insp-1', authority: 'm', district: '', avoids: [] })],
    ['leaves out whom to avoid', [{ inspector: 'insp-1', authority: 'm', district: '' }]],
  ])('is refused when it %s', (_, document) => {
    expect(() => readInspectors(document)).toThrow(Refusal)
  })
})
