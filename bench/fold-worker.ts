import { loadPolicySet } from '../app/policies.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { appendsOf, createFolds, type Folded } from './fold-all.ts'
import { runWorker } from './worker.ts'

export interface FoldTask {
  readonly policies: string
  readonly set: string
  /** Taken in before anything is measured. */
  readonly stock: string | undefined
  readonly batches: string
}

export type FoldResult = Folded

await runWorker(async ({ policies, set, stock, batches }: FoldTask) => {
  const folds = createFolds(compilePolicy(loadPolicySet(policies, set).realm))
  const before = stock === undefined ? [] : appendsOf(stock, 0)
  const appends = appendsOf(batches, before.length)
  folds.fold(before)
  return { run: async () => folds.fold(appends), close: async () => undefined }
})
