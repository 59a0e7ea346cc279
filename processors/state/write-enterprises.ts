import { FOREVER } from '../entry.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { CHANGED, type Marks, PUT_OFF } from './marks.ts'

/** The enterprises of a shard as they are written: all of them packed. */
export interface Packed {
  size(): number
  idOf(number: number): string
  next(number: number): number
  /** Valid until anything else is packed. */
  bytesOf(number: number): Uint8Array
}

/** What is read takes the place of what was there; `id` where it is new, `bytes` where they are others. */
export interface Unwritten {
  readonly number: number
  readonly id: string | undefined
  readonly next: number
  readonly bytes: Uint8Array | undefined
}

export function writeAll(writer: ByteWriter, packed: Packed, marks: Marks): void {
  const size = packed.size()
  writer.number(size)
  for (let number = 0; number < size; number++) {
    writer.text(packed.idOf(number))
    writeTick(writer, packed.next(number))
    writeBytes(writer, packed.bytesOf(number))
    marks.clear(number, CHANGED | PUT_OFF)
  }
}

export function* readAll(
  reader: ByteReader,
): Iterable<Unwritten & { readonly id: string; readonly bytes: Uint8Array }> {
  const size = reader.number()
  for (let number = 0; number < size; number++) {
    const id = reader.text()
    const next = readTick(reader)
    yield { number, id, next, bytes: reader.bytes(reader.number()) }
  }
}

/** `known`: how many there were when they were written last. */
export function writeChanged(writer: ByteWriter, packed: Packed, marks: Marks, known: number): void {
  const size = packed.size()
  writer.number(known)
  writer.number(size)
  let before = 0
  for (let number = 0; number < size; number++) {
    const isNew = number >= known
    if (!isNew && !marks.has(number, CHANGED | PUT_OFF)) continue
    const isChanged = isNew || marks.has(number, CHANGED)
    writer.number(number - before + 1)
    writer.byte(isChanged ? 1 : 0)
    if (isNew) writer.text(packed.idOf(number))
    writeTick(writer, packed.next(number))
    if (isChanged) writeBytes(writer, packed.bytesOf(number))
    marks.clear(number, CHANGED | PUT_OFF)
    before = number
  }
  writer.number(0)
}

/** Errors: `RangeError` where they changed from another number of enterprises than `known`. */
export function* readChanged(reader: ByteReader, known: number): Iterable<Unwritten> {
  const [from, size] = [reader.number(), reader.number()]
  if (from !== known) throw new RangeError(`changes of ${from} enterprises, where there are ${known}`)
  let number = 0
  let fresh = known
  for (let gap = reader.number(); gap > 0; gap = reader.number()) {
    number += gap - 1
    const isChanged = reader.byte() === 1
    const id = number < known ? undefined : reader.text()
    if (id !== undefined) fresh += 1
    const next = readTick(reader)
    yield { number, id, next, bytes: isChanged ? reader.bytes(reader.number()) : undefined }
  }
  if (fresh !== size) throw new RangeError(`changes up to ${size} enterprises end with ${fresh}`)
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  writer.number(bytes.length)
  writer.bytes(bytes)
}

function writeTick(writer: ByteWriter, tick: number): void {
  writer.byte(tick === FOREVER ? 0 : 1)
  if (tick !== FOREVER) writer.number(tick)
}

function readTick(reader: ByteReader): number {
  return reader.byte() === 0 ? FOREVER : reader.number()
}
