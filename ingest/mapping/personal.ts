import { keyedToken } from '../../core/hash.ts'
import { validateUscc } from '../../core/uscc.ts'

/** GB 11643-1999: region, date of birth, sequence, check character over weights 2^(17-i) mod 11. */
const IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
const IDENTITY_CHECKS = '10X98765432'
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

const SUSPECT = /1[3-9]\d[- ]?\d{4}[- ]?\d{4}|[1-8]\d{16}[\dXx]|[０-９]{4}/
const IDENTITY = /(?<![0-9A-Za-z])[1-8]\d{16}[\dXx](?![0-9A-Za-z])/g
/** Eleven digits that begin with 13 to 19, written as one or as 3-4-4, with or without +86. */
const MOBILE = /(?<![0-9A-Za-z]|\d[.-])(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?![0-9A-Za-z]|\.\d)/g
const FULL_WIDTH_DIGITS = /[０-９]/g

const NO_LEGACY: ReadonlySet<string> = new Set()

/** Cheap and never wrong in the direction that matters: `false` means that the text holds nothing to hide. */
export function mayHoldPersonalNumbers(text: string): boolean {
  return text.length >= 11 && SUSPECT.test(text)
}

/** The text with identity numbers (date and check character valid) and mobile numbers replaced by keyed tokens. */
export function hidePersonalNumbers(text: string, key: Uint8Array): string {
  if (!mayHoldPersonalNumbers(text)) return text
  const folded = text.replace(FULL_WIDTH_DIGITS, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
  const hidden = folded
    .replace(IDENTITY, (number) => (isIdentityNumber(number) ? personalToken(number, key) : number))
    .replace(MOBILE, (_, number: string) => personalToken(number.replace(/[- ]/g, ''), key))
  return hidden === folded ? text : hidden
}

/** One token for one person, however the number was typed. */
export function personalToken(text: string, key: Uint8Array): string {
  const normal = text.normalize('NFKC').trim().toUpperCase()
  return normal === '' ? '' : keyedToken(key, normal)
}

export function isIdentityNumber(text: string): boolean {
  const number = text.toUpperCase()
  const month = Number(number.slice(10, 12))
  const day = Number(number.slice(12, 14))
  const century = number.slice(6, 8)
  if (century !== '18' && century !== '19' && century !== '20') return false
  if (month < 1 || month > 12 || day < 1 || day > (MONTH_DAYS[month - 1] ?? 0)) return false
  let sum = 0
  for (let i = 0; i < 17; i++) sum += (number.charCodeAt(i) - 48) * (IDENTITY_WEIGHTS[i] ?? 0)
  if (IDENTITY_CHECKS.charAt(sum % 11) !== number.charAt(17)) return false
  // A unified code of digits alone has the same length; the few that also fit the above stay what they are.
  return validateUscc(number, NO_LEGACY) !== 'ok'
}
