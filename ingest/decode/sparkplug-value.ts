import type { Bilingual } from '../../core/bilingual.ts'
import type { SparkplugMetric } from './sparkplug-payload.ts'

/** Data types of one value by their number; those above are bytes, data sets, templates and lists. */
const TYPE_NAMES = [
  '',
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
  'Float',
  'Double',
  'Boolean',
  'String',
  'DateTime',
  'Text',
  'UUID',
] as const

/** Bits of the signed types: on the wire they are unsigned. */
const SIGNED_BITS = new Map([
  [1, 8],
  [2, 16],
  [3, 32],
  [4, 64],
])

export type ReadValue = { readonly text: string } | { readonly fault: Bilingual }

/** A value as text; empty where the metric has none. `true` is 1. */
export function metricText({ value, isNull }: SparkplugMetric, datatype: number | undefined): ReadValue {
  if (isNull) return { text: '' }
  if (value === undefined) return { fault: { zh: '既没有值也没有 is_null', en: 'neither a value nor is_null' } }
  switch (value.kind) {
    case 'float':
      return { text: shortestFloat(value.value) }
    case 'double':
      return { text: String(value.value) }
    case 'boolean':
      return { text: value.value ? '1' : '0' }
    case 'string':
      return { text: value.value }
    case 'structured':
      return {
        fault: {
          zh: '字节串、数据集、模板和列表不是单个值',
          en: 'bytes, data sets, templates and lists are no single value',
        },
      }
    default: {
      // Whether a number has a sign is not on the wire.
      if (datatype === undefined || datatype === 0)
        return { fault: { zh: '整数没有声明数据类型', en: 'a whole number without a data type' } }
      const bits = SIGNED_BITS.get(datatype)
      return { text: String(bits === undefined ? value.value : BigInt.asIntN(bits, value.value)) }
    }
  }
}

const NAME_OF_KIND = { float: 'Float', double: 'Double', boolean: 'Boolean', string: 'String' } as const

/** `Int32`, `Double`, …; what the value says of itself where no birth has named a type. */
export function typeName({ value }: SparkplugMetric, datatype: number | undefined): string {
  const named = datatype === undefined ? '' : (TYPE_NAMES[datatype] ?? '')
  if (named !== '' || value === undefined) return named
  return value.kind === 'float' || value.kind === 'double' || value.kind === 'boolean' || value.kind === 'string'
    ? NAME_OF_KIND[value.kind]
    : ''
}

/** The fewest digits that are this float of 32 bits again: 38.6, not 38.599998474121094. */
function shortestFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return String(shorter)
  }
  return String(value)
}
