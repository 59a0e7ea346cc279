import { type EnterpriseState, enterpriseOf, type LastPoint, NO_SENSORS, type SensorState } from '../enterprise.ts'
import type { Entry } from '../entry.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { packEntry, unpackEntry } from './pack-entry.ts'
import { packSensor, unpackSensor } from './pack-sensor.ts'
import type { Words } from './words.ts'

/** What a board counts of the last point. */
export type CountedPoint = Pick<LastPoint, 'risk' | 'district' | 'industry' | 'class'>

const CLASSES = ['A', 'B', 'C', 'D'] as const

/** An enterprise as bytes, without its id and number: about a tenth of what it takes as an object, and the same to the last bit when it is unpacked. */
export function packEnterprise(writer: ByteWriter, words: Words, enterprise: EnterpriseState): void {
  const { entries, sensors, last } = enterprise
  writer.number(entries.at(-1)?.known ?? 0)
  packCounted(writer, words, last)
  if (last !== null) {
    writer.number(last.effective)
    writer.number(last.own)
    writer.number(last.basis)
    words.write(writer, last.cause)
    writer.text(last.name)
  }
  writer.number(enterprise.revision)
  writer.number(entries.length)
  for (const entry of entries) packEntry(writer, words, entry)
  writer.number(sensors.size)
  for (const [key, sensor] of sensors) {
    writer.text(key)
    packSensor(writer, sensor)
  }
}

function packCounted(writer: ByteWriter, words: Words, last: LastPoint | null): void {
  writer.byte(last === null ? 0 : 1 + CLASSES.indexOf(last.class))
  if (last === null) return
  writer.number(last.risk)
  words.write(writer, last.district)
  words.write(writer, last.industry)
}

/** When the newest entry of a packed enterprise was known, UTC ms; 0 where it has none. */
export function unpackNewest(reader: ByteReader): number {
  return reader.number()
}

/** What is counted of a packed enterprise, which need not be unpacked for that. */
export function unpackCounted(reader: ByteReader, words: Words): CountedPoint | null {
  unpackNewest(reader)
  const letter = CLASSES[reader.byte() - 1]
  if (letter === undefined) return null
  const risk = reader.number()
  const district = words.read(reader)
  return { class: letter, risk, district, industry: words.read(reader) }
}

export function unpackEnterprise(reader: ByteReader, words: Words, id: string, number: number): EnterpriseState {
  const counted = unpackCounted(reader, words)
  const last = counted === null ? null : unpackLast(reader, words, counted)
  const revision = reader.number()
  const entries: Entry[] = []
  for (let left = reader.number(); left > 0; left--) entries.push(unpackEntry(reader, words))
  const sensors = unpackSensors(reader)
  return enterpriseOf({ id, number, entries, sensors, revision, last })
}

function unpackSensors(reader: ByteReader): EnterpriseState['sensors'] {
  const count = reader.number()
  if (count === 0) return NO_SENSORS
  const sensors = new Map<string, SensorState>()
  for (let left = count; left > 0; left--) sensors.set(reader.text(), unpackSensor(reader))
  return sensors
}

function unpackLast(reader: ByteReader, words: Words, counted: CountedPoint): LastPoint {
  const effective = reader.number()
  const own = reader.number()
  const basis = reader.number()
  const cause = words.read(reader)
  const { risk, district, industry, class: letter } = counted
  return { effective, risk, own, basis, class: letter, district, industry, name: reader.text(), cause }
}
