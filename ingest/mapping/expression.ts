import safeRegex from 'safe-regex2'

/** Longer text is cut before an expression sees it: what a rule asks for stands in the first sentences. */
const MAX_TEXT = 4_000

export interface Expression {
  exec(text: string): RegExpExecArray | null
  test(text: string): boolean
}

/**
 * A regular expression of a policy. Errors: `SyntaxError` where it is none, `RangeError` where a repeated group holds a
 * repetition, `(a+)+`: one hostile text could then hold up the feed for hours.
 */
export function compileExpression(source: string): Expression {
  const pattern = new RegExp(source, 'u')
  if (!safeRegex(pattern)) throw new RangeError(`the expression ${source} repeats a repetition, and may never end`)
  return {
    exec: (text) => pattern.exec(text.slice(0, MAX_TEXT)),
    test: (text) => pattern.test(text.slice(0, MAX_TEXT)),
  }
}
