import type { IHeaders, KafkaMessage, Message } from 'kafkajs'
import {
  BEGINNING,
  type LogBatch,
  type OutgoingBatch,
  type Position,
  type Progress,
  type Topic,
} from '../../core/event-log.ts'

/** One topic of Kafka for one topic of one realm; the shard is the partition. */
export function topicName(realm: string, topic: Topic): string {
  return `fengsui.${realm}.${topic}`
}

const OFFSET_DIGITS = 20

/** An offset as a Position: padded, so that text order is the partition's order. */
export function toPosition(offset: bigint): Position {
  return String(offset).padStart(OFFSET_DIGITS, '0')
}

export function toOffset(position: Position): bigint {
  if (!/^\d{20}$/.test(position)) throw new Error(`not a position of this log: ${position}`)
  return BigInt(position)
}

/** The offset at which reading goes on after a position. */
export function offsetAfter(position: Position): bigint {
  return position === BEGINNING ? 0n : toOffset(position) + 1n
}

export function toMessage(batch: OutgoingBatch): Message {
  const { buffer, byteOffset, byteLength } = batch.bytes
  const headers: IHeaders = { count: String(batch.count) }
  if (batch.progress.length > 0) headers.progress = JSON.stringify(batch.progress)
  if (batch.bulk) headers.bulk = '1'
  return { key: null, value: Buffer.from(buffer, byteOffset, byteLength), headers, partition: batch.shard }
}

export function toBatch(realm: string, topic: Topic, shard: number, message: KafkaMessage): LogBatch {
  const count = header(message, 'count')
  const progress = header(message, 'progress')
  return {
    realm,
    topic,
    shard,
    count: count === undefined ? 0 : Number(count),
    bytes: message.value ?? new Uint8Array(0),
    progress: progress === undefined ? [] : (JSON.parse(progress) as readonly Progress[]),
    bulk: header(message, 'bulk') === '1',
    position: toPosition(BigInt(message.offset)),
  }
}

function header(message: KafkaMessage, name: string): string | undefined {
  const value = message.headers?.[name]
  return value === undefined ? undefined : String(value)
}
