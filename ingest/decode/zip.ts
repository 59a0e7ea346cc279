import { crc32 } from 'node:zlib'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import type { Bilingual } from '../../core/bilingual.ts'
import { Rejected } from '../../core/errors.ts'

/** What an archive may become; what wants to be more is refused before anything of it is read. */
export interface UnpackLimits {
  readonly packedBytes: number
  readonly unpackedBytes: number
  /** Unpacked to packed bytes, looked at from `RATIO_FROM_BYTES` on: real tables stay below 100. */
  readonly ratio: number
  readonly entries: number
}

export const UNPACK_LIMITS: UnpackLimits = {
  packedBytes: 64 * 1024 ** 2,
  unpackedBytes: 1024 ** 3,
  ratio: 200,
  entries: 1_000,
}

/** Small things may be all blanks. */
export const RATIO_FROM_BYTES = 1024 ** 2

export interface Zip {
  readonly entries: readonly ZipEntry[]
  find(name: string): ZipEntry | undefined
}

export interface ZipEntry {
  readonly name: string
  readonly bytes: number
  /** Errors: `Rejected` with `unreadable-archive`, also at the end, where the sum over the bytes is wrong. */
  chunks(): AsyncIterable<Buffer>
}

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 0x03 || bytes[2] === 0x05)
}

/**
 * Opens a ZIP archive by its central directory and holds what that declares to the limits; that no entry becomes larger
 * than declared is checked while it is read.
 * Errors: `Rejected` with `unreadable-archive` or `unpacks-too-far`.
 */
export async function openZip(bytes: Buffer, limits: UnpackLimits): Promise<Zip> {
  const file = await inArchive(() => fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: true }))
  const entries: ZipEntry[] = []
  let unpacked = 0
  await inArchive(async () => {
    for await (const entry of file.eachEntry()) {
      if (entries.length >= limits.entries)
        throw tooFar({ zh: `条目超过 ${limits.entries} 个`, en: `more than ${limits.entries} entries` })
      if (entry.isEncrypted())
        throw new Rejected('unreadable-archive', {
          zh: `${entry.fileName} 已加密`,
          en: `${entry.fileName} is encrypted`,
        })
      unpacked += entry.uncompressedSize
      if (unpacked > limits.unpackedBytes)
        throw tooFar({
          zh: `解压后超过 ${limits.unpackedBytes} 字节`,
          en: `more than ${limits.unpackedBytes} bytes unpacked`,
        })
      if (isBeyondRatio(entry.uncompressedSize, entry.compressedSize, limits)) {
        throw tooFar({
          zh: `${entry.fileName} 解压后会超过原大小的 ${limits.ratio} 倍`,
          en: `${entry.fileName} would become more than ${limits.ratio} times its size`,
        })
      }
      if (!entry.fileName.endsWith('/')) entries.push(toEntry(file, entry))
    }
  })
  return { entries, find: (name) => entries.find((entry) => entry.name === name) }
}

export function isBeyondRatio(unpacked: number, packed: number, { ratio }: UnpackLimits): boolean {
  return unpacked > RATIO_FROM_BYTES && unpacked > ratio * packed
}

export function tooFar(what: Bilingual): Rejected {
  return new Rejected('unpacks-too-far', what)
}

function toEntry(file: ZipFile, entry: Entry): ZipEntry {
  return {
    name: entry.fileName,
    bytes: entry.uncompressedSize,
    async *chunks() {
      const stream = await inArchive(() => file.openReadStreamPromise(entry))
      let sum = 0
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          sum = crc32(chunk, sum)
          yield chunk
        }
      } catch (error) {
        throw asRejected(error)
      }
      if (sum !== entry.crc32)
        throw new Rejected('unreadable-archive', {
          zh: `${entry.fileName} 与其校验和不符`,
          en: `${entry.fileName} does not match its checksum`,
        })
    },
  }
}

async function inArchive<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw asRejected(error)
  }
}

/** The library reports whatever is wrong with an archive as a plain error: there is no I/O here that could fail. */
function asRejected(error: unknown): Rejected {
  if (error instanceof Rejected) return error
  const words = error instanceof Error ? error.message : String(error)
  return new Rejected(
    'unreadable-archive',
    { zh: `不是可读取的压缩包:${words}`, en: `not a readable archive: ${words}` },
    { cause: error },
  )
}
