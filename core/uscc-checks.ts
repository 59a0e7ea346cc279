import {
  normaliseUscc,
  organisationCheckCharacter,
  type UsccVerdict,
  usccCheckCharacter,
  validateUscc,
} from './uscc.ts'

/** One rule of the standards that a code breaks; characters are counted from 1. */
export interface BrokenRule {
  readonly rule: 'length' | 'character' | 'check-digit' | 'organisation-code'
  readonly standard: 'GB 32100' | 'GB 11714'
  readonly at: number
  /** The character or length that would be right; empty where several would. */
  readonly expected: string
  readonly found: string
}

export interface UsccReport {
  /** Trimmed, in capitals, in half width. */
  readonly code: string
  readonly verdict: UsccVerdict
  /** Every rule that is broken: the two check digits are independent of each other. */
  readonly broken: readonly BrokenRule[]
}

/** Runs all checks on a code as it was written and names each that fails, with what would be right. */
export function examineUscc(text: string, legacy: ReadonlySet<string>): UsccReport {
  const code = normaliseUscc(text)
  const verdict = validateUscc(code, legacy)
  if (verdict === 'ok') return { code, verdict, broken: [] }
  if (verdict === 'bad-shape') return { code, verdict, broken: shapeFaults(code) }
  const organisation = organisationCheckCharacter(code.slice(8, 16)) ?? ''
  const check = usccCheckCharacter(code.slice(0, 17)) ?? ''
  const broken: BrokenRule[] = []
  if (check !== code.charAt(17))
    broken.push({ rule: 'check-digit', standard: 'GB 32100', at: 18, expected: check, found: code.charAt(17) })
  if (organisation !== code.charAt(16))
    broken.push({
      rule: 'organisation-code',
      standard: 'GB 11714',
      at: 17,
      expected: organisation,
      found: code.charAt(16),
    })
  return { code, verdict, broken }
}

function shapeFaults(code: string): BrokenRule[] {
  const characters = [...code]
  if (characters.length !== 18)
    return [{ rule: 'length', standard: 'GB 32100', at: 0, expected: '18', found: String(characters.length) }]
  return characters.flatMap((found, index) => {
    const allowed = index >= 2 && index < 8 ? /^\d$/ : /^[0-9A-HJ-NPQRTUWXY]$/
    const broken: BrokenRule = { rule: 'character', standard: 'GB 32100', at: index + 1, expected: '', found }
    return allowed.test(found) ? [] : [broken]
  })
}
