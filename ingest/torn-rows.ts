import { Readable } from 'node:stream'
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib'
import type { FeedPolicy } from '../core/feed-policy.ts'
import type { Row } from './decode/row.ts'
import { createRowReader } from './decode/row-reader.ts'
import { isZip } from './decode/zip.ts'

/** Of what was torn, as much as is looked at. */
const MOST_BYTES = 4 << 20
const MOST_ROWS = 2_000
const MOST_FILES = 100
const LOCAL_HEADER = 0x04034b50
const LOCAL_HEADER_BYTES = 30
const ENCRYPTED = 1
const SIZES_LATER = 8
const STORED = 0
const DEFLATED = 8

/** A file within what was torn, as far as it can be read. */
interface Legible {
  readonly name: string
  readonly bytes: Buffer
  /** Its end was not reached: the last row may be cut. */
  readonly cut: boolean
  /** Of what was packed, bytes that were used for it. */
  readonly used: number
}

/**
 * The rows that can still be read in what was kept of a torn file: of an archive too, whose directory is lost with its
 * end, from the files that stand at its beginning.
 */
export async function rowsOfTorn(policy: FeedPolicy, name: string, kept: Uint8Array): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const file of legibleIn(name, Buffer.from(kept.buffer, kept.byteOffset, kept.length))) {
    const read: Row[] = []
    for await (const batch of createRowReader(policy, file.name)(Readable.from([file.bytes]))) {
      read.push(...batch)
      if (rows.length + read.length > MOST_ROWS) break
    }
    rows.push(...(file.cut ? read.slice(0, -1) : read))
    if (rows.length >= MOST_ROWS) break
  }
  return rows.slice(0, MOST_ROWS)
}

async function* legibleIn(name: string, kept: Buffer): AsyncGenerator<Legible, void, undefined> {
  if (!isZip(kept)) {
    yield { ...(await inflated(createGunzip(), kept)), name: name.replace(/\.gz$/i, '') }
    return
  }
  let at = 0
  for (let bytes = 0, files = 0; bytes < MOST_BYTES && files < MOST_FILES; files++) {
    const file = await localFile(kept, at)
    if (file === undefined) return
    yield { ...file, name: `${name}/${file.name}` }
    if (file.cut) return
    bytes += file.bytes.length
    // Sizes that stand behind a file, with a mark of their own or without, are passed over.
    at = kept.indexOf('PK\u0003\u0004', at + file.used, 'latin1')
    if (at < 0) return
  }
}

async function localFile(kept: Buffer, at: number): Promise<Legible | undefined> {
  if (kept.length < at + LOCAL_HEADER_BYTES || kept.readUInt32LE(at) !== LOCAL_HEADER) return undefined
  const flags = kept.readUInt16LE(at + 6)
  const method = kept.readUInt16LE(at + 8)
  const packedBytes = kept.readUInt32LE(at + 18)
  const nameEnds = at + LOCAL_HEADER_BYTES + kept.readUInt16LE(at + 26)
  const begins = nameEnds + kept.readUInt16LE(at + 28)
  if ((flags & ENCRYPTED) !== 0 || begins >= kept.length) return undefined
  const name = kept.toString('utf8', at + LOCAL_HEADER_BYTES, nameEnds)
  if (method === DEFLATED) {
    const { bytes, cut, used } = await inflated(createInflateRaw(), kept.subarray(begins))
    return { name, bytes, cut, used: begins - at + used }
  }
  if (method !== STORED || (flags & SIZES_LATER) !== 0) return undefined
  const bytes = kept.subarray(begins, begins + packedBytes)
  return { name, bytes, cut: bytes.length < packedBytes, used: begins - at + bytes.length }
}

async function inflated(inflate: Gunzip | InflateRaw, packed: Buffer): Promise<Omit<Legible, 'name'>> {
  const chunks: Buffer[] = []
  let bytes = 0
  let cut = false
  try {
    for await (const chunk of Readable.from([packed]).pipe(inflate) as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      cut = bytes > MOST_BYTES
      if (cut) break
    }
  } catch (error) {
    // Here it is torn: what came before is all that there is.
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
    cut = true
  }
  return { bytes: Buffer.concat(chunks), cut, used: inflate.bytesWritten }
}
