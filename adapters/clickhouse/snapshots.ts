import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Bilingual } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { canonicalJson, fullHash } from '../../core/hash.ts'
import type { History } from '../../core/history.ts'
import {
  furthestChain,
  type Hearing,
  type KeptSnapshot,
  type Link,
  laneOf,
  linkOf,
  type Placed,
  type Snapshot,
  type Snapshots,
  snapshotHash,
} from '../../core/snapshots.ts'
import type { Clock } from '../../core/time.ts'

/** What stands in a place, without the state. */
interface PlaceRow {
  readonly shard: number
  readonly chain: number
  readonly place: number
  readonly after: string
  readonly hash: string
  readonly reach: number
  /** Of the state as it is kept. */
  readonly bytes: number
}

type StateRow = Pick<PlaceRow, 'shard' | 'place' | 'hash'> & {
  readonly lane: number
  readonly positions: string
  readonly state: string
}

interface Place extends Placed {
  readonly shard: number
  readonly bytes: number
}

const pack = promisify(gzip)
const unpack = promisify(gunzip)
/** All shards of a large city together could exceed what one answer may hold; while one is taken in the next is on its way. */
const BYTES_AT_ONCE = 8_000_000

export function createSnapshots(history: History, clock: Clock): Snapshots {
  async function placesOf(realm: string, role: string): Promise<ReadonlyMap<number, readonly Place[]>> {
    const rows = await history.query<PlaceRow>(
      `SELECT shard, chain, place, after, hash, reach, length(state) AS bytes FROM snapshots
       WHERE realm = {realm:String} AND role = {role:String}
       ORDER BY shard, lane, place, reach DESC, saved DESC LIMIT 1 BY shard, lane, place`,
      { realm, role },
    )
    const places = new Map<number, Place[]>()
    for (const { shard, chain, place, after, hash, reach, bytes } of rows) {
      const own = places.get(shard) ?? []
      places.set(shard, own)
      const link = { chain: Number(chain), place, after }
      own.push({ shard, link, hash, reach: Number(reach), bytes: Number(bytes) })
    }
    return places
  }

  /** What stands there, as far as it is what its hash says. */
  async function read(realm: string, role: string, places: readonly Place[]): Promise<ReadonlyMap<Place, Snapshot>> {
    if (places.length === 0) return new Map()
    const rows = await history.query<StateRow>(
      `SELECT shard, lane, place, hash, positions, state FROM snapshots
       WHERE realm = {realm:String} AND role = {role:String} AND shard IN {shards:Array(UInt16)}
         AND hash IN {hashes:Array(String)}`,
      {
        realm,
        role,
        shards: [...new Set(places.map(({ shard }) => shard))],
        hashes: [...new Set(places.map(({ hash }) => hash))],
      },
    )
    const byPlace = new Map(rows.map((row) => [nameOf(row.shard, row.lane, row.place, row.hash), row]))
    const found = new Map<Place, Snapshot>()
    await Promise.all(
      places.map(async (place) => {
        const { shard, link, hash, reach } = place
        const row = byPlace.get(nameOf(shard, laneOf(link), link.place, hash))
        const snapshot = row === undefined ? undefined : await restore(row, reach, link)
        if (snapshot !== undefined) found.set(place, snapshot)
      }),
    )
    return found
  }

  async function loadEach(realm: string, role: string, hearing: Hearing): Promise<void> {
    const places = new Map(await placesOf(realm, role))
    // Once more for those of which a place turned out not to be what it says: what is left of them may hold a chain.
    for (let left = [...places.keys()]; left.length > 0; ) {
      const again: number[] = []
      const parts = partsOf(left.map((shard) => furthestChain(places.get(shard) ?? [])))
      const readPart = (part: readonly (readonly Place[])[] | undefined) => read(realm, role, part?.flat() ?? [])
      let next = readPart(parts[0])
      for (const [at, chains] of parts.entries()) {
        const found = await next
        // On its way while this one is taken in.
        next = readPart(parts[at + 1])
        next.catch(() => undefined)
        for (const chain of chains) {
          const wrong = chain.find((place) => !found.has(place))
          const kept = wrong === undefined ? keptOf(chain, found) : undefined
          if (wrong !== undefined) {
            const { shard } = wrong
            hearing.damaged(shard)
            places.set(shard, places.get(shard)?.filter((place) => place !== wrong) ?? [])
            again.push(shard)
          } else if (kept !== undefined) hearing.kept(chain[0]?.shard ?? 0, kept)
        }
      }
      left = again
    }
  }

  return {
    async save(realm, role, snapshots) {
      const saved = clock.now()
      const names: string[] = []
      const packed = await Promise.all(
        [...snapshots].map(async ([shard, snapshot]) => {
          const { positions, reach } = snapshot
          const link = linkOf(snapshot)
          const hash = snapshotHash(snapshot)
          names.push(`${shard}/${hash}`)
          const state = (await pack(snapshot.state, { level: 1 })).toString('base64')
          const at = { realm, role, shard, ...link, lane: laneOf(link) }
          return `${JSON.stringify({ ...at, positions: canonicalJson(positions), state, hash, reach, saved })}\n`
        }),
      )
      if (packed.length === 0) return
      await history.insert(
        'snapshots',
        Buffer.from(packed.join('')),
        `${realm}/${role}/${saved}/${fullHash(names.join())}`,
      )
    },

    async load(realm, role) {
      const loaded = new Map<number, KeptSnapshot>()
      await loadEach(realm, role, {
        kept: (shard, snapshot) => loaded.set(shard, snapshot),
        damaged(shard) {
          throw new Refusal(damageOf(`${realm}/${role}/${shard}`))
        },
      })
      return loaded
    },
    loadEach,
  }
}

function keptOf(chain: readonly Place[], found: ReadonlyMap<Place, Snapshot>): KeptSnapshot | undefined {
  const [first, ...others] = chain.flatMap((place) => found.get(place) ?? [])
  const last = others.at(-1) ?? first
  const end = chain.at(-1)
  if (first === undefined || last === undefined || end === undefined) return undefined
  const { link, hash } = end
  return { ...last, state: first.state, changes: others.map(({ state }) => state), link, hash }
}

function nameOf(shard: number, lane: number, place: number, hash: string): string {
  return `${shard}/${lane}/${place}/${hash}`
}

function damageOf(name: string): Bilingual {
  return {
    zh: `快照 ${name} 已损坏:请从 snapshots 表中删去它的行,系统会从归档重建`,
    en: `The snapshot ${name} is damaged: delete its rows from the table "snapshots", and it is rebuilt from the archive.`,
  }
}

function partsOf(chains: readonly (readonly Place[])[]): (readonly Place[])[][] {
  const parts: (readonly Place[])[][] = []
  let room = 0
  for (const chain of chains) {
    const bytes = chain.reduce((sum, place) => sum + place.bytes, 0)
    room -= bytes
    if (room >= 0) parts.at(-1)?.push(chain)
    else {
      parts.push([chain])
      room = BYTES_AT_ONCE - bytes
    }
  }
  return parts
}

async function restore(row: StateRow, reach: number, link: Link): Promise<Snapshot | undefined> {
  try {
    const state = await unpack(Buffer.from(row.state, 'base64'))
    const snapshot = { positions: JSON.parse(row.positions) as Record<string, string>, state, reach, link }
    return snapshotHash(snapshot) === row.hash ? snapshot : undefined
  } catch {
    // Neither bytes that cannot be unpacked nor positions that are no JSON are what was written.
    return undefined
  }
}
