import { organisationCheckCharacter, usccCheckCharacter } from '../core/uscc.ts'

const STEMS = '甲乙丙丁戊己庚辛壬癸'
const BRANCHES = '子丑寅卯辰巳午未申酉戌亥'
/** Digits and letters that a code may hold, without those that are read as others. */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/**
 * A code that passes both check digits and belongs to nobody: organisation codes that begin with `YX` (演习) have not
 * been issued. `lead` is registration authority and category: 91 company, 92 sole trader, 93 co-operative, 11 organ.
 */
export function madeUpCode(lead: string, region: string, number: number): string {
  let rest = number
  let digits = ''
  for (let i = 0; i < 6; i++) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits
    rest = Math.floor(rest / ALPHABET.length)
  }
  const organisation = `YX${digits}`
  const first17 = `${lead}${region}${organisation}${organisationCheckCharacter(organisation)}`
  return `${first17}${usccCheckCharacter(first17)}`
}

/** 「演示·甲子食品店0412」: a place in the sexagenary cycle, a trade and a number; no shop is called so. */
export function madeUpName(number: number, word: string): string {
  const cycle = number % 60
  return `演示·${STEMS.charAt(cycle % 10)}${BRANCHES.charAt(cycle % 12)}${word}${String(number).padStart(5, '0')}`
}

/** 「演示人00412」. */
export const madeUpPerson = (number: number): string => `演示人${String(number).padStart(5, '0')}`

const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
const ID_CHECK = '10X98765432'

/** An identity number with a right check digit (GB 11643) for someone born in the year 1801: nobody alive has it. */
export function madeUpIdentityNumber(number: number): string {
  const day = String((number % 28) + 1).padStart(2, '0')
  const month = String((Math.floor(number / 28) % 12) + 1).padStart(2, '0')
  const first17 = `140100${1801 + (Math.floor(number / 336_000) % 90)}${month}${day}${String(Math.floor(number / 336) % 1000).padStart(3, '0')}`
  let sum = 0
  for (let i = 0; i < 17; i++) sum += Number(first17.charAt(i)) * (ID_WEIGHTS[i] ?? 0)
  return `${first17}${ID_CHECK.charAt(sum % 11)}`
}

/** Eleven digits of a segment (140) in which no person's number has been issued. */
export const madeUpPhone = (number: number): string => `140${String(number % 100_000_000).padStart(8, '0')}`
