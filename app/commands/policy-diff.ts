import { diffPolicySets } from '../../core/policy-diff.ts'
import type { Language } from '../language.ts'
import { loadPolicySetNamed } from '../policies.ts'

interface DiffOptions {
  readonly json: boolean
  readonly language: Language
  readonly print: (line: string) => void
}

/** What differs in meaning between two policy sets, a line each. */
export function diffPolicies(policiesFolder: string, before: string, after: string, options: DiffOptions): void {
  const { json, language, print } = options
  const changes = diffPolicySets(loadPolicySetNamed(policiesFolder, before), loadPolicySetNamed(policiesFolder, after))
  if (changes.length === 0 && !json) print(language === 'zh' ? '两套规则含义相同' : 'The two sets mean the same.')
  for (const change of changes) print(json ? JSON.stringify(change) : `${change.place}: ${change[language]}`)
}
