import { asItIs, type Bilingual, joined } from '../../core/bilingual.ts'
import { ProtobufError } from './protobuf.ts'
import { LINE_FEED, type RowLimits, unreadable } from './record-scanner.ts'
import type { Row, RowSplitter } from './row.ts'
import {
  decodeSparkplugPayload,
  payloadOfMetric,
  payloadWith,
  type SparkplugMetric,
  type SparkplugPayload,
} from './sparkplug-payload.ts'
import { metricText, typeName } from './sparkplug-value.ts'

export const SPARKPLUG_VERBS = ['NBIRTH', 'NDEATH', 'NDATA', 'DBIRTH', 'DDEATH', 'DDATA'] as const
export type SparkplugVerb = (typeof SPARKPLUG_VERBS)[number]

/** What a topic of Sparkplug B names: `spBv1.0/{group}/{verb}/{edge}[/{device}]`. */
export interface SparkplugTopic {
  readonly group: string
  readonly verb: SparkplugVerb
  readonly edge: string
  /** Empty where the edge node speaks of itself. */
  readonly device: string
}

/**
 * One message with what its payload does not hold. As bytes: a line of JSON, then the payload as it came; that is how
 * it is kept when it is rejected, and what is read again when it is replayed.
 */
export interface SparkplugFrame {
  readonly topic: string
  /** A death says nothing of its time: it is when we heard of it. UTC ms. */
  readonly received: number
  /** The death of an edge node ends the contact with this device of its own too. */
  readonly device?: string
}

/** How a metric is called, by its own name or by the alias that a birth gave it; else why not. */
export type NameMetric = (
  metric: SparkplugMetric,
) => { readonly name: string; readonly datatype: number | undefined } | { readonly unknown: Bilingual }

export const SPARKPLUG_COLUMNS = ['group', 'edge', 'device', 'metric', 'event', 't', 'v', 'q', 'type'] as const

const TOPIC = /^spBv1\.0\/([^/]+)\/([ND](?:BIRTH|DEATH|DATA))\/([^/]+)(?:\/([^/]+))?$/
const LONGEST_HEADER = 8 * 1024

/** Errors: none; `undefined` for a topic that is not one of these. */
export function readSparkplugTopic(topic: string): SparkplugTopic | undefined {
  const [, group = '', said, edge = '', device = ''] = TOPIC.exec(topic) ?? []
  const verb = SPARKPLUG_VERBS.find((each) => each === said)
  return verb === undefined || verb.startsWith('D') !== (device !== '') ? undefined : { group, verb, edge, device }
}

/** Who is meant across all groups: what dated bindings tie to an enterprise. */
export function sparkplugDevice({ group, edge, device }: SparkplugTopic): string {
  return device === '' ? `${group}/${edge}` : `${group}/${edge}/${device}`
}

export function frameBytes({ topic, received, device }: SparkplugFrame, payload: Uint8Array): Buffer {
  const header = device === undefined ? { topic, received } : { topic, received, device }
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), payload])
}

/** What a birth says of its sender, and not of what it measures. */
export function isControl({ name }: SparkplugMetric): boolean {
  return name === 'bdSeq' || name?.startsWith('Node Control/') === true || name?.startsWith('Device Control/') === true
}

export interface ReadableMessage {
  readonly frame: SparkplugFrame
  readonly topic: SparkplugTopic
  readonly payload: SparkplugPayload
  /** The payload as it came. */
  readonly bytes: Buffer
}

/** A message, or the row that says why it cannot be read. */
export function readSparkplug(frame: SparkplugFrame, bytes: Buffer): ReadableMessage | Row {
  const topic = readSparkplugTopic(frame.topic)
  if (topic === undefined) {
    const hint = {
      zh: '主题应为 spBv1.0/{group}/{NBIRTH|NDATA|NDEATH|DBIRTH|DDATA|DDEATH}/{edge}[/{device}]',
      en: 'topic: spBv1.0/{group}/{NBIRTH|NDATA|NDEATH|DBIRTH|DDATA|DDEATH}/{edge}[/{device}]',
    }
    return unreadable(frameBytes(frame, bytes), 0, 1, 'wrong-columns', hint)
  }
  try {
    return { frame, topic, payload: decodeSparkplugPayload(bytes), bytes }
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error
    return unreadable(
      frameBytes(frame, bytes),
      0,
      1,
      'unreadable-line',
      joined([asItIs('Sparkplug B'), error.text], ': '),
    )
  }
}

/** One row for each metric, and one for the contact that a birth begins and a death ends. */
export function sparkplugRows(message: ReadableMessage, nameMetric: NameMetric): Row[] {
  const { frame, topic, payload, bytes } = message
  if (topic.verb.endsWith('DEATH')) {
    const dead = frame.device === undefined ? topic : { ...topic, device: frame.device }
    return [contactRow(dead, 'offline', frame.received, frameBytes(frame, bytes))]
  }
  const rows: Row[] = payload.metrics.flatMap((metric, index) =>
    isControl(metric) ? [] : [metricRow(message, metric, index + 1, nameMetric(metric))],
  )
  if (topic.verb.endsWith('BIRTH')) {
    const raw = frameBytes(frame, payloadWith(payload, []))
    rows.push({ ...contactRow(topic, 'online', payload.timestamp ?? frame.received, raw), line: rows.length + 1 })
  }
  return rows
}

function dataTopic({ group, edge, device }: SparkplugTopic): string {
  return device === '' ? `spBv1.0/${group}/NDATA/${edge}` : `spBv1.0/${group}/DDATA/${edge}/${device}`
}

function metricRow(
  { frame, topic, payload }: ReadableMessage,
  metric: SparkplugMetric,
  line: number,
  named: ReturnType<NameMetric>,
): Row {
  const known = 'unknown' in named ? undefined : named
  // Of a birth one metric alone is data: the contact has a row of its own.
  const single = { ...frame, topic: dataTopic(topic) }
  const raw = frameBytes(single, payloadOfMetric(payload, metric, known))
  if ('unknown' in named) return unreadable(raw, 0, line, 'unknown-alias', named.unknown)
  const text = metricText(metric, named.datatype)
  if ('fault' in text)
    return unreadable(raw, 0, line, 'unsupported-value', joined([asItIs(named.name), text.fault], ': '))
  const fields = {
    ...placeFields(topic),
    metric: named.name,
    event: 'data',
    t: String(metric.timestamp ?? payload.timestamp ?? frame.received),
    v: text.text,
    q: qualityFlag(metric.quality),
    type: typeName(metric, named.datatype),
  }
  return { line, offset: 0, raw, columns: SPARKPLUG_COLUMNS, fields }
}

function contactRow(topic: SparkplugTopic, event: 'online' | 'offline', t: number, raw: Buffer): Row {
  const q = event === 'online' ? 'N' : 'B'
  const fields = { ...placeFields(topic), metric: 'contact', event, t: String(t), v: '', q, type: '' }
  return { line: 1, offset: 0, raw, columns: SPARKPLUG_COLUMNS, fields }
}

function placeFields(topic: SparkplugTopic) {
  return { group: topic.group, edge: topic.edge, device: sparkplugDevice(topic) }
}

/** With the letters of HJ 212, so that policies judge all devices alike: N normal, D fault, B contact lost. */
function qualityFlag(quality: number | undefined): string {
  if (quality === undefined || quality === 192) return 'N'
  return quality === 500 ? 'B' : 'D'
}

/** By its own name alone, as a kept frame is read again: what an alias means was written into it before. */
const byOwnName: NameMetric = ({ name, alias, datatype }) =>
  name === undefined ? { unknown: unknownAlias(alias) } : { name, datatype }

export function unknownAlias(alias: bigint | undefined): Bilingual {
  return alias === undefined
    ? { zh: '既没有别名也没有名称', en: 'neither an alias nor a name' }
    : { zh: `收到过的 BIRTH 中没有别名 ${alias}`, en: `alias ${alias} is not in a birth that was heard` }
}

/** All bytes are one frame. */
export function createSparkplugSplitter({ maxLineBytes }: RowLimits): RowSplitter {
  const parts: Uint8Array[] = []
  let length = 0
  return {
    push(chunk) {
      // One byte over the bound is enough to see that it was passed.
      const room = maxLineBytes + 1 - length
      if (room > 0) parts.push(Buffer.from(chunk.subarray(0, room)))
      length += Math.min(chunk.length, Math.max(room, 0))
      return []
    },
    end() {
      const bytes = Buffer.concat(parts)
      if (bytes.length > maxLineBytes) {
        return [
          unreadable(bytes, 0, 1, 'line-too-long', {
            zh: `超过 ${maxLineBytes} 字节`,
            en: `more than ${maxLineBytes} bytes`,
          }),
        ]
      }
      return bytes.length === 0 ? [] : readFrame(bytes)
    },
  }
}

function readFrame(bytes: Buffer): Row[] {
  const end = bytes.subarray(0, LONGEST_HEADER).indexOf(LINE_FEED)
  const frame = end < 0 ? undefined : readHeader(bytes.toString('utf8', 0, end))
  if (frame === undefined) {
    return [
      unreadable(bytes, 0, 1, 'unreadable-line', {
        zh: '载荷之前没有写明 topic 与 received 的 JSON 行',
        en: 'no line of JSON with topic and received before the payload',
      }),
    ]
  }
  const message = readSparkplug(frame, bytes.subarray(end + 1))
  return 'line' in message ? [message] : sparkplugRows(message, byOwnName)
}

function readHeader(text: string): SparkplugFrame | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof json !== 'object' || json === null) return undefined
  const { topic, received, device } = json as Readonly<Record<string, unknown>>
  if (typeof topic !== 'string' || !Number.isSafeInteger(received)) return undefined
  const frame = { topic, received: Number(received) }
  return typeof device === 'string' ? { ...frame, device } : frame
}
