import { Refusal } from '../../core/errors.ts'
import { normaliseUscc, validateUscc } from '../../core/uscc.ts'

const NONE: ReadonlySet<string> = new Set()

/**
 * Registered codes that fail a check digit and are legal all the same: issued in the early pilots, listed by hand.
 * Errors: `Refusal` naming a code that has not the shape of one, or that needs no listing because it passes.
 */
export function validateLegacyCodes(json: unknown): ReadonlySet<string> {
  if (!Array.isArray(json)) throw new Refusal('legacy codes: a list of codes is expected')
  const codes: readonly unknown[] = json
  const faults = codes.flatMap((code, index) => {
    if (typeof code !== 'string') return [`/${index} must be a text`]
    if (code !== normaliseUscc(code)) return [`/${index} ${code} must be trimmed and in capitals`]
    const verdict = validateUscc(code, NONE)
    if (verdict === 'bad-shape') return [`/${index} ${code} has not the shape of a code`]
    return verdict === 'ok' ? [`/${index} ${code} passes both check digits and needs no listing`] : []
  })
  if (faults.length > 0) throw new Refusal(`legacy codes: ${faults.slice(0, 10).join('; ')}`)
  return new Set(codes.filter((code) => typeof code === 'string'))
}
