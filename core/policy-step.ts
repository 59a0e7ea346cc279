import type { RealmPolicy } from './policy.ts'

/** How a policy comes into force while the system runs, as entries of `decisions`. Times are UTC ms of the realm's clock. */
export type PolicyStep = PolicyStaged | PolicyActivated | PolicyInForce

/** Checked whole and entered with its text: from now on it is folded in shadow. */
export interface PolicyStaged {
  readonly type: 'policy-staged'
  readonly realm: string
  readonly id: string
  /** Its hash. */
  readonly policy: string
  readonly rules: RealmPolicy
  readonly by: string
  readonly note: string
  readonly at: number
}

/** A person wants it from the first period on that comes into force at or after `from`. */
export interface PolicyActivated {
  readonly type: 'policy-activated'
  readonly realm: string
  readonly id: string
  readonly policy: string
  /** Id of the entry that staged it. */
  readonly staged: string
  readonly from: number
  readonly by: string
  readonly note: string
  readonly at: number
}

/** What became of the wish: the tick from which its scores are the realm's; 0 for a realm's first policy. */
export interface PolicyInForce {
  readonly type: 'policy-in-force'
  readonly realm: string
  readonly id: string
  readonly policy: string
  readonly staged: string
  /** Id of the entry that wanted it; empty for a realm's first policy. */
  readonly activation: string
  readonly from: number
  readonly at: number
}

export function isPolicyStep(decision: { readonly type: string }): decision is PolicyStep {
  return decision.type.startsWith('policy-')
}
