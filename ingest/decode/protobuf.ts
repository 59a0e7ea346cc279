import { Told } from '../../core/errors.ts'

/** Bytes that are no message of Protocol Buffers, or one that goes beyond the bounds of its reader. */
export class ProtobufError extends Told {
  override readonly name = 'ProtobufError'
}

/** One field as it stands on the wire: a number for wire types 0, the bytes for 1, 2 and 5. */
export type WireField =
  | { readonly number: number; readonly wire: 0; readonly value: bigint }
  | { readonly number: number; readonly wire: 1 | 2 | 5; readonly bytes: Buffer }

const HIGHEST_FIELD = 0x1fffffff
const LONGEST_VARINT = 10

/**
 * Fields of one message in their order, unknown ones included. The old group wire types are refused. A field's bytes
 * are a view. Errors: `ProtobufError` where the bytes end within a field or are none.
 */
export function* fieldsOf(bytes: Buffer): Generator<WireField, void, undefined> {
  let at = 0

  function readVarint(): bigint {
    let value = 0n
    for (let index = 0; index < LONGEST_VARINT; index++) {
      const byte = bytes[at++]
      if (byte === undefined) throw new ProtobufError({ zh: '在一个数的中途结束', en: 'it ends within a number' })
      value |= BigInt(byte & 0x7f) << BigInt(7 * index)
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new ProtobufError({ zh: '数超过 64 位', en: 'a number has more than 64 bits' })
  }

  function take(length: number): Buffer {
    if (length > bytes.length - at)
      throw new ProtobufError({ zh: '字段长度超过剩余内容', en: 'a field is longer than what is left' })
    at += length
    return bytes.subarray(at - length, at)
  }

  while (at < bytes.length) {
    const key = Number(readVarint())
    const number = Math.floor(key / 8)
    if (number < 1 || number > HIGHEST_FIELD)
      throw new ProtobufError({ zh: '字段没有编号', en: 'a field has no number' })
    const wire = key % 8
    if (wire === 0) yield { number, wire, value: readVarint() }
    else if (wire === 1) yield { number, wire, bytes: take(8) }
    else if (wire === 2) yield { number, wire, bytes: take(Number(readVarint())) }
    else if (wire === 5) yield { number, wire, bytes: take(4) }
    else throw new ProtobufError({ zh: `没有 ${wire} 这种线路类型`, en: `there is no wire type ${wire}` })
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function textField(field: WireField): string {
  try {
    return utf8.decode(bytesField(field))
  } catch (error) {
    if (error instanceof TypeError)
      throw new ProtobufError(
        { zh: `字段 ${field.number} 不是 UTF-8`, en: `field ${field.number} is not UTF-8` },
        { cause: error },
      )
    throw error
  }
}

export function bytesField(field: WireField): Buffer {
  if (field.wire !== 2) throw unexpected(field)
  return field.bytes
}

export function varintField(field: WireField): bigint {
  if (field.wire !== 0) throw unexpected(field)
  return field.value
}

export function floatField(field: WireField): number {
  if (field.wire !== 5) throw unexpected(field)
  return field.bytes.readFloatLE()
}

export function doubleField(field: WireField): number {
  if (field.wire !== 1) throw unexpected(field)
  return field.bytes.readDoubleLE()
}

function unexpected({ number, wire }: WireField): ProtobufError {
  return new ProtobufError({
    zh: `字段 ${number} 的线路类型为 ${wire}`,
    en: `field ${number} has the wire type ${wire}`,
  })
}

export function writeVarint(number: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(number * 8)), varint(value)])
}

export function writeBytes(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes])
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}
