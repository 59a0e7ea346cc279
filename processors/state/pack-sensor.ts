import type { SensorState } from '../enterprise.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

export function packSensor(writer: ByteWriter, sensor: SensorState): void {
  writer.number(sensor.runStart)
  writer.number(sensor.lastKnown)
  packPairs(writer, sensor.runs)
  packNumbers(writer, sensor.mean)
  packNumbers(writer, sensor.deviation)
  packNumbers(writer, sensor.seen)
  packPairs(writer, sensor.unusual)
}

export function unpackSensor(reader: ByteReader): SensorState {
  const runStart = reader.number()
  const lastKnown = reader.number()
  const runs = unpackPairs(reader)
  const mean = unpackNumbers(reader)
  const deviation = unpackNumbers(reader)
  const seen = unpackNumbers(reader)
  return { runStart, lastKnown, runs, mean, deviation, seen, unusual: unpackPairs(reader) }
}

function packNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.number(numbers.length)
  for (const number of numbers) writer.number(number)
}

function unpackNumbers(reader: ByteReader): number[] {
  const numbers: number[] = []
  for (let left = reader.number(); left > 0; left--) numbers.push(reader.number())
  return numbers
}

function packPairs(writer: ByteWriter, pairs: readonly (readonly [number, number])[]): void {
  writer.number(pairs.length)
  for (const [first, second] of pairs) {
    writer.number(first)
    writer.number(second)
  }
}

function unpackPairs(reader: ByteReader): [number, number][] {
  const pairs: [number, number][] = []
  for (let left = reader.number(); left > 0; left--) pairs.push([reader.number(), reader.number()])
  return pairs
}
