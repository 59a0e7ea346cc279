import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Spool } from '../../ingest/replay/files.ts'
import { readAt } from './read-at.ts'

const CHUNK_BYTES = 256 * 1024

/** One file without a name: the system takes its room back when the process ends, also when it is killed. */
export async function openSpool(folder: string): Promise<Spool> {
  await mkdir(folder, { recursive: true })
  const place = await mkdtemp(join(folder, 'spool-'))
  const file = await open(join(place, 'unpacked'), 'wx+', 0o600)
  await rm(place, { recursive: true })
  let end = 0

  return {
    async keep(name, hash, chunks) {
      const start = end
      for await (const chunk of chunks) {
        await file.writeFile(chunk)
        end += chunk.length
      }
      const bytes = end - start
      return {
        name,
        hash,
        bytes,
        // A stream that ends at a byte includes it.
        chunks: () =>
          bytes === 0
            ? nothing()
            : createReadStream('', {
                fd: file.fd,
                autoClose: false,
                start,
                end: start + bytes - 1,
                highWaterMark: CHUNK_BYTES,
              }),
        read: (offset, length) => readAt(file.fd, start + offset, length, name),
        close: async () => undefined,
      }
    },

    close: () => file.close(),
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}
