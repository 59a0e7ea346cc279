import {
  BEGINNING,
  type LogBatch,
  type OutgoingBatch,
  type Position,
  type Progress,
  type Topic,
} from '../../core/event-log.ts'

/** One stream for one shard of one topic of one realm. */
export function streamKey(realm: string, topic: Topic, shard: number): string {
  return `fs:${realm}:${topic}:${shard}`
}

/** How far each shard of a topic was allowed to be trimmed: hash of shard number → Position. */
export function trimmedKey(realm: string, topic: Topic): string {
  return `fs:${realm}:${topic}:trimmed`
}

const MS_DIGITS = 15
const SEQUENCE_DIGITS = 20

/** A stream id (`1763-4`) as a Position: padded, so that text order is stream order. */
export function toPosition(id: string): Position {
  const [ms = '', sequence = ''] = id.split('-')
  return `${ms.padStart(MS_DIGITS, '0')}-${sequence.padStart(SEQUENCE_DIGITS, '0')}`
}

export function toStreamId(position: Position): string {
  if (position === BEGINNING) return '0-0'
  const [ms, sequence] = split(position)
  return `${ms}-${sequence}`
}

/** The smallest stream id after a position. */
export function idAfter(position: Position): string {
  const [ms, sequence] = split(position)
  return `${ms}-${sequence + 1n}`
}

function split(position: Position): [ms: bigint, sequence: bigint] {
  const [ms, sequence] = position.split('-')
  if (ms === undefined || sequence === undefined) throw new Error(`not a position of this log: ${position}`)
  return [BigInt(ms), BigInt(sequence)]
}

export function toFields(batch: OutgoingBatch): (string | Buffer)[] {
  const { buffer, byteOffset, byteLength } = batch.bytes
  const fields: (string | Buffer)[] = [
    'count',
    String(batch.count),
    'bytes',
    Buffer.from(buffer, byteOffset, byteLength),
  ]
  if (batch.progress.length > 0) fields.push('progress', JSON.stringify(batch.progress))
  if (batch.bulk) fields.push('bulk', '1')
  return fields
}

export function toBatch(realm: string, topic: Topic, shard: number, id: string, fields: readonly Buffer[]): LogBatch {
  let count = 0
  let bytes: Uint8Array = new Uint8Array(0)
  let progress: readonly Progress[] = []
  let bulk = false
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const value = fields[i + 1]
    if (value === undefined) continue
    const name = String(fields[i])
    if (name === 'count') count = Number(String(value))
    else if (name === 'bytes') bytes = value
    else if (name === 'progress') progress = JSON.parse(String(value))
    else if (name === 'bulk') bulk = String(value) === '1'
  }
  return { realm, topic, shard, count, bytes, progress, bulk, position: toPosition(id) }
}
