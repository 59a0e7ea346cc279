import { loadPolicySet } from '../app/policies.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { appendsOf, createFolds } from './fold-all.ts'
import type { FoldTask } from './fold-worker.ts'
import { type Grown, type GrowthResult, measureGrown } from './grown.ts'
import { runWorker } from './worker.ts'

await runWorker(async ({ policies, set, stock, batches }: FoldTask) => {
  const policy = compilePolicy(loadPolicySet(policies, set).realm)
  const before = stock === undefined ? [] : appendsOf(stock, 0)
  const grown: Grown = { folds: createFolds(policy), appends: appendsOf(batches, before.length) }
  grown.folds?.fold(before)
  before.length = 0
  return { run: async (): Promise<GrowthResult> => measureGrown(grown, policy), close: async () => undefined }
})
