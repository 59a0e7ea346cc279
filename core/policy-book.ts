import type { RealmPolicy } from './policy.ts'
import type { PolicyActivated, PolicyInForce, PolicyStaged, PolicyStep } from './policy-step.ts'

/** The stretch of a realm's time in which one policy is in force: from `from` until the next one's. */
export interface Era {
  readonly entry: PolicyInForce
  readonly rules: RealmPolicy
  /** Where its folds say what others need not hear: the realm itself for its first policy. */
  readonly stream: string
}

/** What the entries of a realm say of its policies. */
export interface PolicyBook {
  /** Oldest first; empty where the realm has none yet. */
  readonly eras: readonly Era[]
  /** The newest that was staged since the last one came into force: it is folded in shadow. */
  readonly staged: PolicyStaged | undefined
  /** The newest wish for it. */
  readonly wanted: PolicyActivated | undefined
}

export const NO_POLICIES: PolicyBook = { eras: [], staged: undefined, wanted: undefined }

/** The name under which the folds of a staged policy keep to themselves; no realm's name has such a sign. */
export function streamOfStaged(realm: string, staged: string): string {
  return `${realm}_${staged}`
}

/** Reads the steps in the order of the log; one that came before changes nothing. */
export function bookOf(realm: string, steps: readonly PolicyStep[]): PolicyBook {
  const stagings = new Map<string, PolicyStaged>()
  const eras: Era[] = []
  let staged: PolicyStaged | undefined
  let wanted: PolicyActivated | undefined
  for (const step of steps) {
    switch (step.type) {
      case 'policy-staged':
        if (stagings.has(step.id)) break
        stagings.set(step.id, step)
        staged = step
        wanted = undefined
        break
      case 'policy-activated':
        if (step.staged === staged?.id) wanted = step
        break
      case 'policy-in-force': {
        if (step.staged === staged?.id) {
          staged = undefined
          wanted = undefined
        }
        const rules = stagings.get(step.staged)?.rules
        const isNext = eras.length === 0 || step.from > (eras.at(-1)?.entry.from ?? 0)
        if (rules === undefined || !isNext) break
        eras.push({ entry: step, rules, stream: eras.length === 0 ? realm : streamOfStaged(realm, step.staged) })
      }
    }
  }
  return { eras, staged, wanted }
}

/** The era of an instant, the first one's for what lies before all; `undefined` where the realm has no policy yet. */
export function eraAt({ eras }: Pick<PolicyBook, 'eras'>, instant: number): Era | undefined {
  return eras.findLast(({ entry }) => entry.from <= instant) ?? eras[0]
}
