/** A string, or a number with whatever follows its whole part. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const LONG_DIGITS = /\d{16}/
const WHOLE = /^-?\d{16,}$/

/** JSON in which a whole number beyond 2^53, which `JSON.parse` would silently round, comes as text. */
export function parseExact<Value>(text: string): Value {
  if (!LONG_DIGITS.test(text)) return JSON.parse(text) as Value
  return JSON.parse(
    text.replace(TOKEN, (token) => (WHOLE.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token)),
  ) as Value
}
