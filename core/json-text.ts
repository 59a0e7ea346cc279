/** Pieces of JSON as `JSON.stringify` makes them, for lines that are put together by hand because there are so many. */

/** Anything that JSON has to escape, and lone surrogates, which only `JSON.stringify` writes as they must be. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

export function jsonText(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** Texts that come again and again: names, codes, sources. */
const words = new Map<string, string>()
const WORDS_KEPT = 4_096

export function jsonWord(text: string): string {
  const known = words.get(text)
  if (known !== undefined) return known
  if (words.size >= WORDS_KEPT) words.clear()
  const quoted = jsonText(text)
  words.set(text, quoted)
  return quoted
}

/** What JSON cannot carry is null. */
export function jsonNumber(value: number): string {
  return Number.isFinite(value) ? `${value}` : 'null'
}
