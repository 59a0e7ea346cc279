import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Rejected } from '../../core/errors.ts'
import { collect } from './collect.ts'
import { formatOfName } from './row-reader.ts'
import { isBeyondRatio, isZip, openZip, tooFar, type UnpackLimits } from './zip.ts'

/** A file as it was before it was packed. */
export interface UnpackedFile {
  readonly name: string
  /** May be read once only where nothing was packed. */
  chunks(): AsyncIterable<Uint8Array>
}

const LOOK_BYTES = 4

/**
 * The files within a file: those of a ZIP archive, the one of a gzip, or itself. What is packed is held, and measured
 * before a row of it is read: of an archive that unpacks without bound nothing is taken. An Excel workbook is a file.
 * Errors: `Rejected` with `unreadable-archive`, `unpacks-too-far`, or `wrong-content` where the name says that it is an archive.
 */
export async function unpack(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: UnpackLimits,
): Promise<readonly UnpackedFile[]> {
  const reading = chunks[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let bytes = 0
  while (bytes < LOOK_BYTES) {
    const next = await reading.next()
    if (next.done === true) break
    head.push(next.value)
    bytes += next.value.length
  }
  const whole = continued(head, reading)
  const look = Buffer.concat(head)
  if (isGzip(look)) return [await gunzip(name, await collect(whole, limits.packedBytes), limits)]
  if (/\.zip$/i.test(name) && !isZip(look)) {
    throw new Rejected('wrong-content', { zh: `${name} 不是 ZIP 压缩包`, en: `${name} is no ZIP archive` })
  }
  if (!isZip(look) || formatOfName(name) === 'xlsx') return [{ name, chunks: () => whole }]
  return unzip(name, await collect(whole, limits.packedBytes), limits)
}

async function* continued(
  head: readonly Uint8Array[],
  reading: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* head
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) yield next.value
  } finally {
    await reading.return?.()
  }
}

/** Whether a file with this beginning is an archive, or a workbook, which is one. */
export function isPacked(bytes: Uint8Array): boolean {
  return isGzip(bytes) || isZip(bytes)
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

async function gunzip(name: string, packed: Buffer, limits: UnpackLimits): Promise<UnpackedFile> {
  const inner = name.replace(/\.gz$/i, '')
  let bytes = 0
  for await (const chunk of gunzipped(packed)) {
    bytes += chunk.length
    if (bytes > limits.unpackedBytes)
      throw tooFar({
        zh: `解压后超过 ${limits.unpackedBytes} 字节`,
        en: `more than ${limits.unpackedBytes} bytes unpacked`,
      })
    if (isBeyondRatio(bytes, packed.length, limits))
      throw tooFar({
        zh: `解压后超过原大小的 ${limits.ratio} 倍`,
        en: `more than ${limits.ratio} times its size unpacked`,
      })
  }
  return { name: inner, chunks: () => gunzipped(packed) }
}

async function* gunzipped(packed: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* Readable.from([packed]).pipe(createGunzip()) as AsyncIterable<Buffer>
  } catch (error) {
    if (isZlibError(error))
      throw new Rejected('unreadable-archive', {
        zh: `不是可读取的 gzip:${error.message}`,
        en: `not a readable gzip: ${error.message}`,
      })
    throw error
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

async function unzip(name: string, packed: Buffer, limits: UnpackLimits): Promise<readonly UnpackedFile[]> {
  const zip = await openZip(packed, limits)
  if (zip.find('xl/workbook.xml') !== undefined) return [{ name, chunks: () => Readable.from([packed]) }]
  const nested = zip.entries.find((entry) => /\.(zip|gz)$/i.test(entry.name))
  if (nested !== undefined)
    throw new Rejected('unreadable-archive', {
      zh: `${nested.name} 是压缩包中的压缩包`,
      en: `${nested.name} is an archive within an archive`,
    })
  return zip.entries.map((entry) => ({ name: `${name}/${entry.name}`, chunks: () => entry.chunks() }))
}
