import { createReadStream } from 'node:fs'
import { createRowReader } from '../ingest/decode/row-reader.ts'
import { runWorker } from './worker.ts'

export interface RowsFloorTask {
  readonly path: string
}

const CHUNK_BYTES = 256 * 1024

/** The file read and split into rows, and nothing done with them. */
await runWorker(async ({ path }: RowsFloorTask) => ({
  async run(): Promise<number> {
    let rows = 0
    const chunks = createReadStream(path, { highWaterMark: CHUNK_BYTES })
    for await (const batch of createRowReader({ format: 'csv', required: [] }, path)(chunks)) rows += batch.length
    return rows
  },
  close: async () => undefined,
}))
