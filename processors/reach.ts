import type { Attributes } from './enterprise.ts'
import type { ByteReader } from './state/byte-reader.ts'
import type { ByteWriter } from './state/byte-writer.ts'
import { withPlace } from './state/number-arrays.ts'

/**
 * Which enterprises a change of a place or of an owner's group may concern. Of each no more is kept than hashes of its
 * place and owners, eight bytes in all for nearly everybody: a period that ends is looked through once, which costs less
 * than lists that every enterprise stands in.
 */
export interface Reach {
  place(number: number, attributes: Pick<Attributes, 'place' | 'owners'>): void
  /** Numbers of all enterprises of these owners and in these places; now and then of another one whose hash is the same. */
  perhapsReachedBy(owners: ReadonlySet<string>, places: ReadonlySet<string>): readonly number[]
  write(writer: ByteWriter): void
  /** Those that are not as they were written last. */
  writeChanges(writer: ByteWriter): void
  readChanges(reader: ByteReader): void
}

const NOBODY: readonly number[] = []

/** `written`: where a reach begins that was written before. */
export function createReach(written?: ByteReader): Reach {
  let size = 0
  /** By number: 0 where there is none. */
  let places = new Uint32Array(0)
  let owners = new Uint32Array(0)
  /** Further owners, of whom there are more. */
  const others = new Map<number, readonly number[]>()
  /** Since all were written last. */
  const changed = new Set<number>()

  function put(number: number, place: number, ownedBy: readonly number[]): void {
    size = Math.max(size, number + 1)
    places = withPlace(places, number)
    owners = withPlace(owners, number)
    places[number] = place
    owners[number] = ownedBy[0] ?? 0
    if (ownedBy.length > 1) others.set(number, ownedBy.slice(1))
    else others.delete(number)
  }

  const known = written?.number() ?? 0
  for (let number = 0; number < known; number++) if (written !== undefined) read(written, number)

  function read(reader: ByteReader, number: number): void {
    const place = reader.number()
    const ownedBy: number[] = []
    for (let left = reader.number(); left > 0; left--) ownedBy.push(reader.number())
    put(number, place, ownedBy)
  }

  function writeOne(writer: ByteWriter, number: number): void {
    const ownedBy = ownersOf(number)
    writer.number(places[number] ?? 0)
    writer.number(ownedBy.length)
    for (const hash of ownedBy) writer.number(hash)
  }

  function ownersOf(number: number): readonly number[] {
    const owner = owners[number] ?? 0
    return owner === 0 ? NOBODY : [owner, ...(others.get(number) ?? NOBODY)]
  }

  function isAt(number: number, place: number, ownedBy: readonly number[]): boolean {
    if (number >= size || places[number] !== place || owners[number] !== (ownedBy[0] ?? 0)) return false
    const further = others.get(number) ?? NOBODY
    return further.length === Math.max(0, ownedBy.length - 1) && further.every((hash, at) => hash === ownedBy[at + 1])
  }

  return {
    place(number, { place, owners: ownedBy }) {
      const at = place === '' ? 0 : hashOf(place)
      const hashes = ownedBy.length === 0 ? NOBODY : ownedBy.map(hashOf)
      if (isAt(number, at, hashes)) return
      put(number, at, hashes)
      changed.add(number)
    },
    perhapsReachedBy(changedOwners, changedPlaces) {
      if (changedOwners.size === 0 && changedPlaces.size === 0) return NOBODY
      const isOwner = oneOf(changedOwners)
      const isPlace = oneOf(changedPlaces)
      const reached: number[] = []
      for (let number = 0; number < size; number++) {
        const owner = owners[number] ?? 0
        const place = places[number] ?? 0
        if ((owner !== 0 && isOwner(owner)) || (place !== 0 && isPlace(place))) reached.push(number)
      }
      for (const [number, hashes] of others) if (hashes.some(isOwner)) reached.push(number)
      return reached
    },
    write(writer) {
      writer.number(size)
      for (let number = 0; number < size; number++) writeOne(writer, number)
      changed.clear()
    },
    writeChanges(writer) {
      writer.number(changed.size)
      for (const number of changed) {
        writer.number(number)
        writeOne(writer, number)
      }
      changed.clear()
    },
    readChanges(reader) {
      for (let left = reader.number(); left > 0; left--) read(reader, reader.number())
    },
  }
}

/**
 * FNV-1a over UTF-16 code units in 30 bits (what V8 keeps without a box), never 0. Snapshots hold it: another one needs
 * another layout.
 */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  return hash >>> 2 || 1
}

const MARKS = 65_536

interface Marked {
  readonly size: number
  readonly has: (hash: number) => boolean
}

/** All shards of a process ask for the same changes, one after the other. */
const marked = new WeakMap<ReadonlySet<string>, Marked>()

/** Whether a hash is one of these texts'; most are not, and a look at one byte tells. */
function oneOf(texts: ReadonlySet<string>): Marked['has'] {
  const known = marked.get(texts)
  if (known?.size === texts.size) return known.has
  const marks = new Uint8Array(MARKS)
  const hashes = new Set<number>()
  for (const text of texts) {
    const hash = hashOf(text)
    hashes.add(hash)
    marks[hash % MARKS] = 1
  }
  const has = (hash: number) => marks[hash % MARKS] === 1 && hashes.has(hash)
  marked.set(texts, { size: texts.size, has })
  return has
}
