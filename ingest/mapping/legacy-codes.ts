import { joined } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { normaliseUscc, validateUscc } from '../../core/uscc.ts'

const NONE: ReadonlySet<string> = new Set()

/**
 * Registered codes that fail a check digit and are legal all the same: issued in the early pilots, listed by hand.
 * Errors: `Refusal` naming a code that has not the shape of one, or that needs no listing because it passes.
 */
export function validateLegacyCodes(json: unknown): ReadonlySet<string> {
  if (!Array.isArray(json))
    throw new Refusal({ zh: '早期试点代码:应为代码列表', en: 'legacy codes: a list of codes is expected' })
  const codes: readonly unknown[] = json
  const faults = codes.flatMap((code, index) => {
    if (typeof code !== 'string') return [{ zh: `/${index} 须为文本`, en: `/${index} must be a text` }]
    if (code !== normaliseUscc(code))
      return [{ zh: `/${index} ${code} 须为大写且首尾无空格`, en: `/${index} ${code} must be trimmed and in capitals` }]
    const verdict = validateUscc(code, NONE)
    if (verdict === 'bad-shape')
      return [{ zh: `/${index} ${code} 不是代码的格式`, en: `/${index} ${code} has not the shape of a code` }]
    return verdict === 'ok'
      ? [
          {
            zh: `/${index} ${code} 两个校验码均正确,无须列入`,
            en: `/${index} ${code} passes both check digits and needs no listing`,
          },
        ]
      : []
  })
  if (faults.length > 0)
    throw new Refusal(joined([{ zh: '早期试点代码', en: 'legacy codes' }, joined(faults.slice(0, 10))], ': '))
  return new Set(codes.filter((code) => typeof code === 'string'))
}
