/** Bytes that gather for one insert, and what names each piece of them: together the hashes name the insert. */
export interface Gathering {
  /** Copies the piece behind those before; answers the copy, which holds until the room is used again. */
  add(piece: Uint8Array, hash: string): Uint8Array
  size(): number
  /** A view of all of it. */
  bytes(): Uint8Array
  hashes(): readonly string[]
}

/**
 * Room that is used again and again. What the log hands out dies young then: kept for the second until its insert it
 * would grow old, and the collector stop everything to see it off.
 */
export interface Rooms {
  gather(): Gathering
  /** Nobody reads it any more. */
  giveBack(gathering: Gathering): void
}

const LEAST_BYTES = 1 << 18
/** What a rare flood needed is not kept for ever. */
const MOST_KEPT_BYTES = 1 << 24
const MOST_KEPT = 8

export function createRooms(): Rooms {
  const free: Uint8Array[] = []
  const roomOf = new WeakMap<Gathering, () => Uint8Array>()

  function gather(): Gathering {
    let room = free.pop() ?? new Uint8Array(LEAST_BYTES)
    let size = 0
    const hashes: string[] = []
    const gathering: Gathering = {
      add(piece, hash) {
        if (size + piece.length > room.length) {
          const larger = new Uint8Array(Math.max(2 * room.length, size + piece.length))
          larger.set(room.subarray(0, size))
          room = larger
        }
        room.set(piece, size)
        size += piece.length
        hashes.push(hash)
        return room.subarray(size - piece.length, size)
      },
      size: () => size,
      bytes: () => room.subarray(0, size),
      hashes: () => hashes,
    }
    roomOf.set(gathering, () => room)
    return gathering
  }

  return {
    gather,
    giveBack(gathering) {
      const room = roomOf.get(gathering)?.()
      roomOf.delete(gathering)
      if (room !== undefined && room.length <= MOST_KEPT_BYTES && free.length < MOST_KEPT) free.push(room)
    },
  }
}
