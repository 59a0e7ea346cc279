const CIVIL = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?$/
const DIGITS = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/

/**
 * A device's time as RFC 3339. The Chinese device standards write none of their times with a zone and mean Beijing's,
 * wherever the realm that reads them lies. What is neither civil time nor `yyyyMMddHHmmss` comes back as it was.
 */
export function toBeijingIso(text: string): string {
  const civil = CIVIL.exec(text)
  if (civil !== null) return `${civil[1]}T${civil[2]}${civil[3] ?? ''}+08:00`
  const digits = DIGITS.exec(text)
  if (digits === null) return text
  const [, year, month, day, hour, minute, second, millisecond] = digits
  const fraction = millisecond === undefined ? '' : `.${millisecond}`
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}+08:00`
}
