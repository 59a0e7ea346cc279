import type { Bilingual } from './bilingual.ts'

/** What an operator may do through the servers: each kind of act asks for one of these. */
export const OPERATOR_RIGHTS = ['steward', 'objections', 'policy'] as const
export type OperatorRight = (typeof OPERATOR_RIGHTS)[number]

export const RIGHT_NAMES: Readonly<Record<OperatorRight, Bilingual>> = {
  steward: { zh: '数据专员', en: 'data steward' },
  objections: { zh: '异议与修复专员', en: 'objections officer' },
  policy: { zh: '规则专员', en: 'policy officer' },
}

/** Whoever holds a key of the servers' acts: a person, or the site's first key, which has all rights. */
export interface Operator {
  readonly name: string
  readonly rights: ReadonlySet<OperatorRight>
}

export interface Operators {
  /** Whose key it is, after the same time whoever's it is or is not. */
  identify(key: string): Operator | undefined
  /** Whether somebody of that name has a key. */
  isNamed(name: string): boolean
}

/** The name of the site's first key: whoever reads the data folder holds it, so it speaks for nobody by itself. */
export const FIRST_OPERATOR = 'operator'

/** In whose name stands what somebody does at a board without a key. No operator can be called so. */
export const UNSIGNED = '~unsigned'

/** How those are called in whose name an act stands though nobody in particular answers for it. */
export const UNNAMED_ACTORS: Readonly<Record<string, Bilingual>> = {
  [UNSIGNED]: { zh: '未署名（无密钥）', en: 'unsigned (no key)' },
  [FIRST_OPERATOR]: { zh: '站点首个密钥（不属个人）', en: 'the site’s first key (nobody’s own)' },
}

/**
 * In whose name an act is recorded. A named key's holder acts in its own; with the first key somebody may be named, save
 * those who have keys of their own to sign with.
 */
export function actorOf(
  { name }: Operator,
  claimed: string | undefined,
  operators: Pick<Operators, 'isNamed'>,
): string {
  if (name !== FIRST_OPERATOR || claimed === undefined || claimed === '' || claimed === UNSIGNED) return name
  return operators.isNamed(claimed) ? name : claimed
}
