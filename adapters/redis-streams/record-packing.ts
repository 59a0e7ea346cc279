import type { Head, Mark, RecordKey } from '../../ingest/record-index.ts'

const HASH_BYTES = 8
const KEY_BYTES = 2 * HASH_BYTES
/** content 8, flags 1, known 6 (offset); then what the flags say; then the subject's UTF-8. */
const HEAD_FIXED = HASH_BYTES + 1 + 6
/** A version that is not its `known`: 8 more bytes (float64). */
const OWN_VERSION = 1
/** Parts that do not fit into a byte: 4 bytes instead of 1. */
const MANY_PARTS = 2
/** Lets `known` before 1970 fit an unsigned field. */
const KNOWN_OFFSET = 2 ** 46

/** Sixteen bytes a key, record then content: one argument however many keys. */
export function packKeys(keys: readonly RecordKey[]): Buffer {
  const packed = Buffer.allocUnsafe(keys.length * KEY_BYTES)
  let at = 0
  for (const { record, content } of keys) {
    writeHash(packed, at, record)
    writeHash(packed, at + HASH_BYTES, content)
    at += KEY_BYTES
  }
  return packed
}

/** As small as it gets, as there are millions: about 40 bytes for an enterprise of the usual scheme. */
export function packHead({ content, version, known, parts, subject }: Head): Buffer {
  const flags = (version === known ? 0 : OWN_VERSION) | (parts < 256 ? 0 : MANY_PARTS)
  const packed = Buffer.allocUnsafe(HEAD_FIXED + 12 + Buffer.byteLength(subject))
  writeHash(packed, 0, content)
  packed.writeUInt8(flags, HASH_BYTES)
  let at = packed.writeUIntBE(known + KNOWN_OFFSET, HASH_BYTES + 1, 6)
  if (flags & OWN_VERSION) at = packed.writeDoubleBE(version, at)
  at = flags & MANY_PARTS ? packed.writeUInt32BE(parts >>> 0, at) : packed.writeUInt8(parts, at)
  at += packed.write(subject, at)
  return packed.subarray(0, at)
}

export function unpackHead(packed: Buffer): Head {
  const flags = packed.readUInt8(HASH_BYTES)
  const known = packed.readUIntBE(HASH_BYTES + 1, 6) - KNOWN_OFFSET
  const partsAt = flags & OWN_VERSION ? HEAD_FIXED + 8 : HEAD_FIXED
  const subjectAt = partsAt + (flags & MANY_PARTS ? 4 : 1)
  return {
    content: packed.toString('hex', 0, HASH_BYTES),
    version: flags & OWN_VERSION ? packed.readDoubleBE(HEAD_FIXED) : known,
    known,
    parts: flags & MANY_PARTS ? packed.readUInt32BE(partsAt) : packed.readUInt8(partsAt),
    subject: packed.toString('utf8', subjectAt),
  }
}

/** Per mark: record 8, length 2, value; a length of 0 is followed by the content that is not the newest. */
export function packMarks(marks: readonly Mark[]): Buffer {
  const pieces: Buffer[] = []
  for (const mark of marks) {
    const start = Buffer.allocUnsafe(HASH_BYTES + 2)
    writeHash(start, 0, mark.record)
    const value = mark.head === undefined ? Buffer.from(mark.other, 'hex') : packHead(mark.head)
    start.writeUInt16BE(mark.head === undefined ? 0 : value.length, HASH_BYTES)
    pieces.push(start, value)
  }
  return Buffer.concat(pieces)
}

function writeHash(target: Buffer, at: number, hex: string): void {
  if (target.write(hex, at, HASH_BYTES, 'hex') !== HASH_BYTES || hex.length !== 2 * HASH_BYTES) {
    throw new RangeError(`a record or content is named by 16 hex digits, not by ${JSON.stringify(hex)}`)
  }
}
