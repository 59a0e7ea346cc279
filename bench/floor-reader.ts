import { readAddresses } from '../app/addresses.ts'
import { dataFolderAt } from '../app/embedded/data-folder.ts'
import { createLifecycle } from '../app/lifecycle.ts'
import { openPorts } from '../app/ports.ts'
import { OBSERVATION_FORM } from '../core/observation-line.ts'
import { SHARDS } from '../core/shard.ts'
import type { FloorTask } from './floor-writer.ts'
import { runWorker } from './worker.ts'

const FLUSH_BYTES = 2_000_000
const FLUSH_MS = 250
const POLL_BYTES = 4_000_000

/** The floor's second half: what is in the log into the table of observations, and nothing else. */
await runWorker(async ({ config, realm, observations }: FloorTask) => {
  const lifecycle = createLifecycle()
  const folder = dataFolderAt(config.dataFolder)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${folder.path}`)
  const ports = await openPorts(config, addresses, lifecycle, (error) => process.stderr.write(`${error.message}\n`))
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const options = { topic: 'observations', realm, shards, after: new Map(), maxBytes: POLL_BYTES } as const
  const reader = await ports.log.reader(options)
  lifecycle.onStop('the reader', () => reader.close())

  async function run(): Promise<void> {
    let parts: Uint8Array[] = []
    let bytes = 0
    let rows = 0
    let inserts = 0
    let lastFlush = performance.now()
    let inFlight: Promise<void> = Promise.resolve()
    while (rows < observations) {
      for (const batch of await reader.poll(10)) {
        rows += batch.count
        bytes += batch.bytes.length
        parts.push(batch.bytes)
      }
      const now = performance.now()
      if (bytes === 0 || (bytes < FLUSH_BYTES && now - lastFlush < FLUSH_MS)) continue
      lastFlush = now
      await inFlight
      inserts += 1
      inFlight = ports.history.insert('observations', Buffer.concat(parts), `floor ${inserts}`, OBSERVATION_FORM)
      parts = []
      bytes = 0
    }
    await inFlight
    if (parts.length > 0)
      await ports.history.insert('observations', Buffer.concat(parts), 'floor rest', OBSERVATION_FORM)
  }
  return { run, close: () => lifecycle.stop() }
})
