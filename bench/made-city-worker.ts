import { loadPolicySet } from '../app/policies.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { createFolds } from './fold-all.ts'
import { type Grown, type GrowthResult, measureGrown } from './grown.ts'
import { createMadeCity } from './made-city.ts'
import { metricsOf, withIndicators } from './made-policy.ts'
import { runWorker } from './worker.ts'

export interface MadeCityTask {
  readonly policies: string
  readonly set: string
  readonly enterprises: number
  readonly indicators: number
  /** To be measured, after the stock. */
  readonly rows: number
}

await runWorker(async ({ policies, set, enterprises, indicators, rows }: MadeCityTask) => {
  const realm = withIndicators(loadPolicySet(policies, set).realm, indicators)
  const policy = compilePolicy(realm)
  const grown: Grown = { folds: createFolds(policy), appends: [] }
  const city = createMadeCity(enterprises, metricsOf(realm))
  for (const append of city.stock()) grown.folds?.fold([[...append]])
  grown.appends = [...city.hours(rows)].map((append) => [...append])
  return { run: async (): Promise<GrowthResult> => measureGrown(grown, policy), close: async () => undefined }
})
