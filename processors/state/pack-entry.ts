import { type Entry, FOREVER } from '../entry.ts'
import type { ByteReader } from './byte-reader.ts'
import { type ByteWriter, isHex } from './byte-writer.ts'
import type { Words } from './words.ts'

const GONE = 1
const STRUCK = 2
const REPLACED = 4
const VALUED = 8
const FACTS = 16
/** Of the id: feed, record as a hash, part. Others are written as they are. */
const PARTED = 32
const HASHED = 64
const DATED = 128

const NO_HITS: readonly number[] = []

export function packEntry(writer: ByteWriter, words: Words, entry: Entry): void {
  const { id, content, known, dated, value, facts, cells, until } = entry
  const first = id.indexOf('/')
  const isParted = id[first + 17] === '/' && isHex(id.slice(first + 1, first + 17))
  const isHashed = isHex(content)
  writer.byte(
    (entry.gone ? GONE : 0) |
      (entry.struck ? STRUCK : 0) |
      (until === FOREVER ? 0 : REPLACED) |
      (value === null ? 0 : VALUED) |
      (facts === null ? 0 : FACTS) |
      (isParted ? PARTED : 0) |
      (isHashed ? HASHED : 0) |
      (dated === known ? 0 : DATED),
  )
  if (isParted) {
    words.write(writer, id.slice(0, first))
    writer.hex(id.slice(first + 1, first + 17))
    words.write(writer, id.slice(first + 18))
  } else writer.text(id)
  if (isHashed) writer.hex(content)
  else writer.text(content)
  writer.number(entry.version)
  writer.number(known)
  if (dated !== known) writer.number(dated)
  if (until !== FOREVER) writer.number(until)
  if (value !== null) writer.number(value)
  // Whether cells count it, beside the number of hits: most have few of these and nothing of that.
  writer.number(entry.hits.length * 2 + (cells === '' ? 0 : 1))
  for (const hit of entry.hits) writer.number(hit)
  if (cells !== '') words.write(writer, cells)
  if (facts !== null) packFacts(writer, words, facts)
}

export function unpackEntry(reader: ByteReader, words: Words): Entry {
  const flags = reader.byte()
  const id = flags & PARTED ? `${words.read(reader)}/${reader.hex()}/${words.read(reader)}` : reader.text()
  const content = flags & HASHED ? reader.hex() : reader.text()
  const version = reader.number()
  const known = reader.number()
  const dated = flags & DATED ? reader.number() : known
  const until = flags & REPLACED ? reader.number() : FOREVER
  const value = flags & VALUED ? reader.number() : null
  const counted = reader.number()
  const hits = unpackHits(reader, counted >> 1)
  const cells = counted % 2 === 1 ? words.read(reader) : ''
  const facts = flags & FACTS ? unpackFacts(reader, words) : null
  const [gone, struck] = [(flags & GONE) !== 0, (flags & STRUCK) !== 0]
  return { id, version, content, known, dated, value, hits, facts, cells, gone, until, struck }
}

function unpackHits(reader: ByteReader, count: number): readonly number[] {
  if (count === 0) return NO_HITS
  const hits: number[] = []
  for (let i = 0; i < count; i++) hits.push(reader.number())
  return hits
}

function packFacts(writer: ByteWriter, words: Words, facts: Readonly<Record<string, string>>): void {
  const names = Object.keys(facts)
  writer.number(names.length)
  for (const name of names) {
    words.write(writer, name)
    writer.text(facts[name] ?? '')
  }
}

function unpackFacts(reader: ByteReader, words: Words): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {}
  for (let left = reader.number(); left > 0; left--) {
    const name = words.read(reader)
    const value = reader.text()
    // As JSON.parse does it: a fact of this name is a fact, and no prototype.
    if (name === '__proto__')
      Object.defineProperty(facts, name, { value, enumerable: true, configurable: true, writable: true })
    else facts[name] = value
  }
  return facts
}
