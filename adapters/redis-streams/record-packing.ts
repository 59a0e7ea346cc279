import type { Head, Mark, RecordKey } from '../../ingest/record-index.ts'

const HASH_BYTES = 8
const KEY_BYTES = 2 * HASH_BYTES
/** The record, and how long what follows is. */
const MARK_HEADER = HASH_BYTES + 2
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
  let text = ''
  for (const { record, content } of keys) text += record + content
  return hashBytes(text, 2 * keys.length)
}

/** All in one go: a call into the runtime for each would take longer than all else that is packed. */
function hashBytes(text: string, count: number): Buffer {
  const bytes = Buffer.from(text, 'hex')
  // What is no hex digit ends the reading.
  if (bytes.length === count * HASH_BYTES && text.length === 2 * bytes.length) return bytes
  throw new RangeError('a record and a content are named by 16 hex digits each')
}

/** At most so many bytes for a head: a character of a subject takes up to three. */
function mostOfHead({ subject }: Head): number {
  return HEAD_FIXED + 12 + subject.length * 3
}

/** What follows the content. As small as it gets, as there are millions: about 40 bytes for an enterprise of the usual scheme. Answers its end. */
function writeHead(packed: Buffer, start: number, { version, known, parts, subject }: Head): number {
  const flags = (version === known ? 0 : OWN_VERSION) | (parts < 256 ? 0 : MANY_PARTS)
  packed.writeUInt8(flags, start + HASH_BYTES)
  let at = packed.writeUIntBE(known + KNOWN_OFFSET, start + HASH_BYTES + 1, 6)
  if (flags & OWN_VERSION) at = packed.writeDoubleBE(version, at)
  at = flags & MANY_PARTS ? packed.writeUInt32BE(parts >>> 0, at) : packed.writeUInt8(parts, at)
  return at + packed.write(subject, at)
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
  let most = 0
  let hashes = ''
  for (const { record, head, other } of marks) {
    most += MARK_HEADER + (head === undefined ? HASH_BYTES : mostOfHead(head))
    hashes += record + (head === undefined ? other : head.content)
  }
  const named = hashBytes(hashes, 2 * marks.length)
  const packed = Buffer.allocUnsafe(most)
  let at = 0
  let from = 0
  for (const { head } of marks) {
    copyHash(packed, at, named, from)
    const start = at + MARK_HEADER
    copyHash(packed, start, named, from + HASH_BYTES)
    from += KEY_BYTES
    const end = head === undefined ? start + HASH_BYTES : writeHead(packed, start, head)
    packed.writeUInt16BE(head === undefined ? 0 : end - start, at + HASH_BYTES)
    at = end
  }
  return packed.subarray(0, at)
}

function copyHash(target: Buffer, at: number, source: Buffer, from: number): void {
  for (let byte = 0; byte < HASH_BYTES; byte++) target[at + byte] = source[from + byte] ?? 0
}
