import safeRegex from 'safe-regex2'
import { UnusableValue } from '../../core/errors.ts'

/** Longer text is cut before an expression sees it: what a rule asks for stands in the first sentences. */
const MAX_TEXT = 4_000

export interface Expression {
  exec(text: string): RegExpExecArray | null
  test(text: string): boolean
}

/**
 * A regular expression of a policy. Errors: `UnusableValue` where it is none, and where a repeated group holds a
 * repetition, `(a+)+`: one hostile text could then hold up the feed for hours.
 */
export function compileExpression(source: string): Expression {
  const pattern = expressionOf(source)
  if (!safeRegex(pattern))
    throw new UnusableValue({
      zh: `表达式 ${source} 中重复套着重复,可能永远匹配不完`,
      en: `the expression ${source} repeats a repetition, and may never end`,
    })
  return {
    exec: (text) => pattern.exec(text.slice(0, MAX_TEXT)),
    test: (text) => pattern.test(text.slice(0, MAX_TEXT)),
  }
}

function expressionOf(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new UnusableValue({ zh: `表达式无效:${cause.message}`, en: cause.message }, { cause })
  }
}
