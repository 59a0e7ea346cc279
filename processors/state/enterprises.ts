import { type EnterpriseState, emptyEnterprise } from '../enterprise.ts'
import { FOREVER } from '../entry.ts'
import { createArena } from './arena.ts'
import { type ByteReader, createByteReader } from './byte-reader.ts'
import { type ByteWriter, createByteWriter } from './byte-writer.ts'
import { withPlace } from './number-arrays.ts'
import { type CountedPoint, packEnterprise, unpackCounted, unpackEnterprise, unpackNewest } from './pack-enterprise.ts'
import { createWords, type Words } from './words.ts'

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
  /** All of them, for `readEnterprises`; the bytes need the words as they are afterwards. */
  write(writer: ByteWriter): void
  words(): readonly string[]
}

/** Objects that a shard keeps. With ten entries each, those of all 64 shards take about 400 MB. */
export const MOST_WARM = 2_048

export function createEnterprises(mostWarm: number): Enterprises {
  return createStore(createWords(), mostWarm, 0).enterprises
}

/** Enterprises as `write` left them, from where the reader stands. */
export function readEnterprises(reader: ByteReader, words: readonly string[]): Enterprises {
  const { enterprises, adopt } = createStore(createWords(words), MOST_WARM, reader.left())
  for (let left = reader.number(); left > 0; left--) {
    const id = reader.text()
    const next = reader.byte() === 0 ? FOREVER : reader.number()
    adopt(id, next, reader.bytes(reader.number()))
  }
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
  let asked = new Uint8Array(0)
  /** Numbers of the warm ones, around which a hand goes: whom it finds unasked since it came by last is packed. */
  const ring: number[] = []
  let hand = 0
  const writer = createByteWriter()
  const reader = createByteReader(cold.memory())

  function add(id: string, next: number): number {
    const number = ids.length
    numbers.set(id, number)
    ids.push(id)
    nexts = withPlace(nexts, number)
    nexts[number] = next
    asked = withPlace(asked, number)
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

  function pack(enterprise: EnterpriseState): Uint8Array {
    writer.clear()
    packEnterprise(writer, words, enterprise)
    return writer.view()
  }

  function idOf(number: number): string {
    const id = ids[number]
    if (id === undefined) throw new RangeError(`no enterprise has the number ${number}`)
    return id
  }

  function at(number: number): EnterpriseState {
    asked[number] = 1
    return warm[number] ?? warmUp(number, unpack(number))
  }

  function* numbered(): Iterable<number> {
    for (let number = 0; number < ids.length; number++) yield number
  }

  const enterprises: Enterprises = {
    size: () => ids.length,
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
      asked[number] = 1
      return warmUp(number, emptyEnterprise(id, number))
    },
    next: (number) => nexts[number] ?? FOREVER,
    setNext(number, tick) {
      nexts[number] = tick
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
        if (asked[number] === 1) {
          asked[number] = 0
          hand += 1
          continue
        }
        const object = warm[number]
        if (object !== undefined) cold.put(number, pack(object))
        warm[number] = undefined
        const last = ring.pop()
        if (last !== undefined && hand < ring.length) ring[hand] = last
      }
    },
    write(into) {
      into.number(ids.length)
      for (const number of numbered()) {
        const next = nexts[number] ?? FOREVER
        const object = warm[number]
        const begin = cold.begin(number)
        const bytes = object === undefined ? cold.memory().subarray(begin, begin + cold.size(number)) : pack(object)
        into.text(idOf(number))
        into.byte(next === FOREVER ? 0 : 1)
        if (next !== FOREVER) into.number(next)
        into.number(bytes.length)
        into.bytes(bytes)
      }
    },
    words: () => words.list(),
  }
  return {
    enterprises,
    adopt(id: string, next: number, bytes: Uint8Array) {
      cold.put(add(id, next), bytes)
    },
  }
}

/** How much of its bound `rest` leaves warm: it need not come back at once. */
const KEPT = 0.75
