import { describe, expect, it } from 'vitest'
import { validateUscc } from '../core/uscc.ts'
import { AUTHORITIES, organCode } from './authorities.ts'
import { madeUpCode, madeUpIdentityNumber, madeUpName, madeUpPhone } from './identity.ts'

describe('identities of the simulated city', () => {
  it('pass both check digits and are all different', () => {
    const codes = Array.from({ length: 5000 }, (_, number) => madeUpCode('91', '140105', number * 37))
    expect(codes.filter((code) => validateUscc(code, new Set()) !== 'ok')).toEqual([])
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.every((code) => code.slice(8, 10) === 'YX')).toBe(true)
  })

  it('give each of the 24 authorities its own organ code', () => {
    const codes = AUTHORITIES.map(organCode)
    expect(codes.filter((code) => validateUscc(code, new Set()) !== 'ok')).toEqual([])
    expect(new Set(codes).size).toBe(24)
  })

  it('say of themselves that they are played', () => {
    expect(madeUpName(412, '食品店')).toBe('演示·丙辰食品店00412')
  })

  it('have personal numbers of the right shape that nobody alive has', () => {
    for (const number of [0, 27, 336, 4_999, 900_007]) {
      expect(madeUpIdentityNumber(number)).toMatch(/^14010018\d{9}[\dX]$/)
      expect(madeUpPhone(number)).toMatch(/^140\d{8}$/)
    }
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    const text = madeUpIdentityNumber(12_345)
    const sum = weights.reduce((total, weight, place) => total + weight * Number(text.charAt(place)), 0)
    expect(text.charAt(17)).toBe('10X98765432'.charAt(sum % 11))
  })
})
