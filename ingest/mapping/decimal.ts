import { UnusableValue } from '../../core/errors.ts'

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
const GROUPED = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/

/** Longer text is no number that a record means, and arithmetic on a million digits would stall the feed. */
const MAX_DIGITS = 60

/** Reads decimal text and multiplies it exactly: the only rounding is that of the result to a double. */
export type ReadDecimal = (text: string) => number | undefined

/**
 * `undefined` where the text is no decimal number or the result is not finite. Thousands may be set off by commas.
 * `times` multiplies as the decimal that it is written as: 1.23 of 1000000 is 1230000.
 */
export function compileDecimal(times = 1): ReadDecimal {
  const factor = DECIMAL.exec(String(times))
  if (factor === null || !Number.isFinite(times))
    throw new UnusableValue({ zh: `不能乘以 ${times}`, en: `cannot multiply by ${times}` })
  const factorScale = (factor[3] ?? '').length - Number(factor[4] ?? 0)
  const factorDigits = BigInt(`${factor[2] ?? ''}${factor[3] ?? ''}`) * (factor[1] === '-' ? -1n : 1n)

  return function readDecimal(text) {
    if (text.length > MAX_DIGITS) return undefined
    const parts = DECIMAL.exec(text.includes(',') && GROUPED.test(text) ? text.replaceAll(',', '') : text)
    if (parts === null) return undefined
    const whole = parts[2] ?? ''
    const fraction = parts[3] ?? ''
    if (whole === '' && fraction === '') return undefined
    const exponent = Number(parts[4] ?? 0) - fraction.length - factorScale
    const digits = `${parts[1] === '-' ? '-' : ''}${whole}${fraction}`
    const product = times === 1 ? Number(parts[0]) : scaled(digits, factorDigits, exponent)
    if (!Number.isFinite(product)) return undefined
    return product === 0 ? 0 : product
  }
}

/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = 22

/** digits × factor × 10^exponent with one rounding: in doubles where both operands are exact, else in whole numbers. */
function scaled(digits: string, factor: bigint, exponent: number): number {
  const small = digits.length <= 15 ? Number(digits) * Number(factor) : Number.NaN
  if (Number.isSafeInteger(small) && Math.abs(exponent) <= EXACT_POWERS) {
    return exponent < 0 ? small / 10 ** -exponent : small * 10 ** exponent
  }
  return Number(`${BigInt(digits) * factor}e${exponent}`)
}
