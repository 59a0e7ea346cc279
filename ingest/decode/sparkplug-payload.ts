import {
  bytesField,
  doubleField,
  fieldsOf,
  floatField,
  ProtobufError,
  textField,
  varintField,
  type WireField,
  writeBytes,
  writeVarint,
} from './protobuf.ts'

/** The payload of Sparkplug B (org.eclipse.tahu.protobuf.Payload), as far as metrics of one value go. */
export interface SparkplugPayload {
  /** UTC ms. */
  readonly timestamp: number | undefined
  readonly seq: number | undefined
  readonly metrics: readonly SparkplugMetric[]
}

export interface SparkplugMetric {
  readonly name: string | undefined
  readonly alias: bigint | undefined
  /** UTC ms. */
  readonly timestamp: number | undefined
  readonly datatype: number | undefined
  readonly isNull: boolean
  /** The property `Quality`: 0 bad, 192 good, 500 stale. */
  readonly quality: number | undefined
  readonly value: MetricValue | undefined
  /** As it came: a view. */
  readonly raw: Buffer
}

/** What stands on the wire; how a whole number is meant, its data type says. */
export type MetricValue =
  | { readonly kind: 'int' | 'long'; readonly value: bigint }
  | { readonly kind: 'float' | 'double'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  /** Bytes, a data set, a template or an extension. */
  | { readonly kind: 'structured' }

/** More than any gateway of a site carries in one message. */
const MOST_METRICS = 10_000
const MOST_PROPERTIES = 100
export const QUALITY_PROPERTY = 'Quality'

/** Errors: `ProtobufError`. */
export function decodeSparkplugPayload(bytes: Buffer): SparkplugPayload {
  let timestamp: number | undefined
  let seq: number | undefined
  const metrics: SparkplugMetric[] = []
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) timestamp = millisecondsOf(field)
    else if (field.number === 3) seq = Number(varintField(field))
    else if (field.number === 2) {
      if (metrics.length === MOST_METRICS)
        throw new ProtobufError({ zh: `指标超过 ${MOST_METRICS} 个`, en: `more than ${MOST_METRICS} metrics` })
      metrics.push(decodeMetric(bytesField(field)))
    }
  }
  return { timestamp, seq, metrics }
}

function decodeMetric(raw: Buffer): SparkplugMetric {
  let name: string | undefined
  let alias: bigint | undefined
  let timestamp: number | undefined
  let datatype: number | undefined
  let isNull = false
  let quality: number | undefined
  let value: MetricValue | undefined
  for (const field of fieldsOf(raw)) {
    if (field.number === 1) name = textField(field)
    else if (field.number === 2) alias = varintField(field)
    else if (field.number === 3) timestamp = millisecondsOf(field)
    else if (field.number === 4) datatype = Number(varintField(field))
    else if (field.number === 7) isNull = varintField(field) !== 0n
    else if (field.number === 9) quality = qualityOf(bytesField(field))
    else value = metricValue(field) ?? value
  }
  return { name, alias, timestamp, datatype, isNull, quality, value, raw }
}

function metricValue(field: WireField): MetricValue | undefined {
  switch (field.number) {
    case 10:
      return { kind: 'int', value: varintField(field) }
    case 11:
      return { kind: 'long', value: varintField(field) }
    case 12:
      return { kind: 'float', value: floatField(field) }
    case 13:
      return { kind: 'double', value: doubleField(field) }
    case 14:
      return { kind: 'boolean', value: varintField(field) !== 0n }
    case 15:
      return { kind: 'string', value: textField(field) }
    case 16:
    case 17:
    case 18:
    case 19:
      return { kind: 'structured' }
    default:
      return undefined
  }
}

/** A property set is two lists of equal length: keys, and values in the same order. */
function qualityOf(bytes: Buffer): number | undefined {
  const keys: string[] = []
  const values: Buffer[] = []
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) keys.push(textField(field))
    else if (field.number === 2) values.push(bytesField(field))
    if (keys.length > MOST_PROPERTIES || values.length > MOST_PROPERTIES) {
      throw new ProtobufError({
        zh: `一个指标的属性超过 ${MOST_PROPERTIES} 个`,
        en: `more than ${MOST_PROPERTIES} properties of a metric`,
      })
    }
  }
  const value = values[keys.indexOf(QUALITY_PROPERTY)]
  if (value === undefined) return undefined
  for (const field of fieldsOf(value)) {
    if (field.number === 3 || field.number === 4) return Number(BigInt.asIntN(32, varintField(field)))
  }
  return undefined
}

function millisecondsOf(field: WireField): number {
  const value = varintField(field)
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ProtobufError({ zh: `字段 ${field.number} 不是时间`, en: `field ${field.number} is no time` })
  return Number(value)
}

/** A payload of this one metric, with the name and the data type that its birth gave its alias. */
export function payloadOfMetric(
  payload: SparkplugPayload,
  metric: SparkplugMetric,
  named: { readonly name: string; readonly datatype: number | undefined } | undefined,
): Buffer {
  const parts: Buffer[] = [metric.raw]
  if (named !== undefined && metric.name === undefined) parts.push(writeBytes(1, Buffer.from(named.name)))
  if (named?.datatype !== undefined && metric.datatype === undefined) {
    parts.push(writeVarint(4, BigInt(named.datatype)))
  }
  return payloadWith(payload, [Buffer.concat(parts)])
}

/** The payload's own time and number with other metrics, each as bytes. */
export function payloadWith({ timestamp, seq }: SparkplugPayload, metrics: readonly Buffer[]): Buffer {
  const times = timestamp === undefined ? [] : [writeVarint(1, BigInt(timestamp))]
  const numbers = seq === undefined ? [] : [writeVarint(3, BigInt(seq))]
  return Buffer.concat([...times, ...metrics.map((metric) => writeBytes(2, metric)), ...numbers])
}

const BOOLEAN = 11

/** The command that makes an edge node send its births again; `now` in UTC ms. */
export function rebirthCommand(now: number): Buffer {
  const metric = Buffer.concat([
    writeBytes(1, Buffer.from('Node Control/Rebirth')),
    writeVarint(3, BigInt(now)),
    writeVarint(4, BigInt(BOOLEAN)),
    writeVarint(14, 1n),
  ])
  return Buffer.concat([writeVarint(1, BigInt(now)), writeBytes(2, metric)])
}
