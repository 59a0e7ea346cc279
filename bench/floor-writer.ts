import { readAddresses } from '../app/addresses.ts'
import type { Config } from '../app/config.ts'
import { dataFolderAt } from '../app/embedded/data-folder.ts'
import { createLifecycle } from '../app/lifecycle.ts'
import { openPorts } from '../app/ports.ts'
import { readAppends } from './micro-batches.ts'
import { runWorker } from './worker.ts'

export interface FloorTask {
  readonly config: Config
  readonly realm: string
  readonly batches: string
  readonly observations: number
}

/** The floor's first half: the same micro-batches to the log, one durable append after the other. */
await runWorker(async ({ config, batches }: FloorTask) => {
  const lifecycle = createLifecycle()
  const folder = dataFolderAt(config.dataFolder)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${folder.path}`)
  const { log } = await openPorts(config, addresses, lifecycle, (error) => process.stderr.write(`${error.message}\n`))
  return {
    async run() {
      let underWay: Promise<unknown> = Promise.resolve()
      for (const append of readAppends(batches)) {
        await underWay
        underWay = log.append(append)
      }
      await underWay
    },
    close: () => lifecycle.stop(),
  }
})
