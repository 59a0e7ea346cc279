/** Character set of GB 32100-2015; a character's value is its index. */
const USCC_SET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
/** 3^i mod 31, GB 32100-2015. */
const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const
/** GB 11714-1997, over an alphabet of all 26 letters. */
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2] as const
const SHAPE = /^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/

/** `legacy`: issued in the early pilots, legal, fails its check digit, named in an allow-list. */
export type UsccVerdict = 'ok' | 'legacy' | 'bad-shape' | 'bad-check-digit' | 'bad-organisation-code'

/** The check character over the first 17 characters, GB 32100-2015; `undefined` where a character is outside the set. */
export function usccCheckCharacter(first17: string): string | undefined {
  let sum = 0
  for (let i = 0; i < 17; i++) {
    const value = USCC_SET.indexOf(first17.charAt(i))
    const weight = USCC_WEIGHTS[i]
    if (value < 0 || weight === undefined) return undefined
    sum += value * weight
  }
  return USCC_SET.charAt((31 - (sum % 31)) % 31)
}

/** The check character over the first 8 characters of an organisation code, GB 11714. */
export function organisationCheckCharacter(first8: string): string | undefined {
  let sum = 0
  for (let i = 0; i < 8; i++) {
    const code = first8.charCodeAt(i)
    const value = code >= 48 && code <= 57 ? code - 48 : code >= 65 && code <= 90 ? code - 55 : -1
    const weight = ORGANISATION_WEIGHTS[i]
    if (value < 0 || weight === undefined) return undefined
    sum += value * weight
  }
  const check = 11 - (sum % 11)
  return check === 10 ? 'X' : check === 11 ? '0' : String(check)
}

/** Upper-cased and trimmed, full-width digits and letters folded to ASCII: feeds carry all of these. */
export function normaliseUscc(text: string): string {
  return text.normalize('NFKC').trim().toUpperCase()
}

/** Runs both check digits on a normalised code and names the first that failed. */
export function validateUscc(code: string, legacy: ReadonlySet<string>): UsccVerdict {
  if (!SHAPE.test(code)) return 'bad-shape'
  if (legacy.has(code)) return 'legacy'
  if (usccCheckCharacter(code) !== code.charAt(17)) return 'bad-check-digit'
  if (organisationCheckCharacter(code.slice(8, 16)) !== code.charAt(16)) return 'bad-organisation-code'
  return 'ok'
}
