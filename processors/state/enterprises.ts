import { type EnterpriseState, emptyEnterprise } from '../enterprise.ts'
import { FOREVER } from '../entry.ts'
import { createArena } from './arena.ts'
import { type ByteReader, createByteReader } from './byte-reader.ts'
import { type ByteWriter, createByteWriter } from './byte-writer.ts'
import { ASKED, CHANGED, createMarks, PUT_OFF, TOUCHED } from './marks.ts'
import { withPlace } from './number-arrays.ts'
import { type CountedPoint, packEnterprise, unpackCounted, unpackEnterprise, unpackNewest } from './pack-enterprise.ts'
import { createWords, type Words } from './words.ts'
import { type Packed, readAll, readChanged, type Unwritten, writeAll, writeChanged } from './write-enterprises.ts'

/**
 * The enterprises of one shard. Those that something happens to are objects (warm); all others lie packed as bytes (cold),
 * at about a tenth of the memory, and become objects when they are asked for. Each has a number, in the order of coming,
 * for flat arrays: numbers live in snapshots and never in what a shard says.
 */
export interface Enterprises {
  size(): number
  numberOf(id: string): number | undefined
  idOf(number: number): string
  /** To be changed as one likes until `rest`. */
  at(number: number): EnterpriseState
  get(id: string): EnterpriseState | undefined
  /** Made where it is not there. */
  named(id: string): EnterpriseState
  /** The tick at which time alone may change it, or FOREVER. */
  next(number: number): number
  setNext(number: number, tick: number): void
  /** Each of them once, to be looked at and not changed: the cold ones stay cold. */
  each(): Iterable<EnterpriseState>
  /** Those of whom something became known at or after an instant (UTC ms), to be looked at. */
  knownSince(instant: number): readonly EnterpriseState[]
  /** Shows the last point of everybody who has one. */
  visitLast(visit: (last: CountedPoint) => void): void
  /** Packs those that were not asked for lately, as far as there are too many objects: none that was given out may be changed afterwards. */
  rest(): void
  /** All of them, for `readEnterprises`. Answers the words that the bytes need. */
  write(writer: ByteWriter): readonly string[]
  /** Those that are not as they were written or read last, for `readChanges`. Answers the words that are new since then. */
  writeChanges(writer: ByteWriter): readonly string[]
  readChanges(reader: ByteReader): void
}

/** Objects that a shard keeps. With ten entries each, those of all 64 shards take about 400 MB. */
export const MOST_WARM = 2_048

export function createEnterprises(mostWarm: number): Enterprises {
  return createStore(createWords(), mostWarm, 0).enterprises
}

/** Enterprises as `write` left them, from where the reader stands. */
export function readEnterprises(reader: ByteReader, words: readonly string[]): Enterprises {
  const { enterprises, adopt } = createStore(createWords(words), MOST_WARM, reader.left())
  for (const one of readAll(reader)) adopt(one)
  return enterprises
}

/** `room`: bytes of the packed ones that will come at once. */
function createStore(words: Words, mostWarm: number, room: number) {
  const numbers = new Map<string, number>()
  const ids: string[] = []
  const cold = createArena(room)
  /** By number. */
  const warm: (EnterpriseState | undefined)[] = []
  let nexts = new Float64Array(0)
  const marks = createMarks()
  /** Numbers of the warm ones, around which a hand goes: whom it finds unasked since it came by last is packed. */
  const ring: number[] = []
  let hand = 0
  /** How many there were when they were written last. */
  let written = 0
  let writtenWords = words.list().length
  const writer = createByteWriter()
  const reader = createByteReader(cold.memory())

  function add(id: string, next: number): number {
    const number = ids.length
    numbers.set(id, number)
    ids.push(id)
    nexts = withPlace(nexts, number)
    nexts[number] = next
    warm.push(undefined)
    return number
  }

  function warmUp(number: number, enterprise: EnterpriseState): EnterpriseState {
    warm[number] = enterprise
    ring.push(number)
    return enterprise
  }

  function unpack(number: number): EnterpriseState {
    reader.seek(cold.memory(), cold.begin(number))
    return unpackEnterprise(reader, words, idOf(number), number)
  }

  /** What is packed of it is what it is: many are asked for and stay as they are. */
  function pack(number: number): void {
    const enterprise = warm[number]
    if (enterprise === undefined || !marks.has(number, TOUCHED)) return
    marks.clear(number, TOUCHED)
    writer.clear()
    packEnterprise(writer, words, enterprise)
    const bytes = writer.view()
    if (cold.holds(number, bytes)) return
    cold.put(number, bytes)
    marks.set(number, CHANGED)
  }

  const packed: Packed = {
    size: () => ids.length,
    idOf,
    next: (number) => nexts[number] ?? FOREVER,
    bytesOf(number) {
      const begin = cold.begin(number)
      return cold.memory().subarray(begin, begin + cold.size(number))
    },
  }

  function adopt({ number, id, next, bytes }: Unwritten): void {
    if (id === undefined) nexts[number] = next
    else add(id, next)
    if (bytes !== undefined) cold.put(number, bytes)
    written = ids.length
  }

  function idOf(number: number): string {
    const id = ids[number]
    if (id === undefined) throw new RangeError(`no enterprise has the number ${number}`)
    return id
  }

  function at(number: number): EnterpriseState {
    marks.set(number, ASKED | TOUCHED)
    return warm[number] ?? warmUp(number, unpack(number))
  }

  function* numbered(): Iterable<number> {
    for (let number = 0; number < ids.length; number++) yield number
  }

  const enterprises: Enterprises = {
    size: packed.size,
    numberOf: (id) => numbers.get(id),
    idOf,
    at,
    get(id) {
      const number = numbers.get(id)
      return number === undefined ? undefined : at(number)
    },
    named(id) {
      const found = numbers.get(id)
      if (found !== undefined) return at(found)
      const number = add(id, FOREVER)
      marks.set(number, ASKED | TOUCHED)
      return warmUp(number, emptyEnterprise(id, number))
    },
    next: packed.next,
    setNext(number, tick) {
      nexts[number] = tick
      marks.set(number, PUT_OFF)
    },
    *each() {
      for (const number of numbered()) yield warm[number] ?? unpack(number)
    },
    knownSince(instant) {
      const known: EnterpriseState[] = []
      const memory = cold.memory()
      for (let number = 0; number < ids.length; number++) {
        const object = warm[number]
        if (object === undefined) reader.seek(memory, cold.begin(number))
        const newest = object === undefined ? unpackNewest(reader) : (object.entries.at(-1)?.known ?? 0)
        if (newest >= instant) known.push(object ?? unpack(number))
      }
      return known
    },
    visitLast(visit) {
      const memory = cold.memory()
      for (let number = 0; number < ids.length; number++) {
        const object = warm[number]
        if (object === undefined) reader.seek(memory, cold.begin(number))
        const last = object === undefined ? unpackCounted(reader, words) : object.last
        if (last !== null) visit(last)
      }
    },
    rest() {
      if (ring.length <= mostWarm) return
      const enough = Math.floor(mostWarm * KEPT)
      while (ring.length > enough) {
        if (hand >= ring.length) hand = 0
        const number = ring[hand] ?? 0
        if (marks.has(number, ASKED)) {
          marks.clear(number, ASKED)
          hand += 1
          continue
        }
        pack(number)
        warm[number] = undefined
        const last = ring.pop()
        if (last !== undefined && hand < ring.length) ring[hand] = last
      }
    },
    write(into) {
      for (const number of ring) pack(number)
      writeAll(into, packed, marks)
      written = ids.length
      writtenWords = words.list().length
      return words.list()
    },
    writeChanges(into) {
      for (const number of ring) pack(number)
      writeChanged(into, packed, marks, written)
      written = ids.length
      const fresh = words.list().slice(writtenWords)
      writtenWords += fresh.length
      return fresh
    },
    readChanges(from) {
      for (const one of readChanged(from, ids.length)) adopt(one)
    },
  }
  return { enterprises, adopt }
}

/** How much of its bound `rest` leaves warm: it need not come back at once. */
const KEPT = 0.75
