import { Refusal } from '../../core/errors.ts'
import {
  furthestChain,
  type Hearing,
  type KeptSnapshot,
  laneOf,
  linkOf,
  type Placed,
  type Snapshot,
  type Snapshots,
  snapshotHash,
} from '../../core/snapshots.ts'

export interface MemorySnapshot extends Snapshot, Placed {
  readonly link: NonNullable<Snapshot['link']>
}

/** Snapshots of one process, for tests. `kept` is by `realm/role/shard/lane/place`: whoever gives it may look at it, lose some and damage some. */
export function createMemorySnapshots(kept = new Map<string, MemorySnapshot>()): Snapshots {
  async function loadEach(realm: string, role: string, hearing: Hearing): Promise<void> {
    const prefix = `${realm}/${role}/`
    const byShard = new Map<number, MemorySnapshot[]>()
    for (const [key, snapshot] of kept) {
      if (!key.startsWith(prefix)) continue
      const shard = Number(key.slice(prefix.length).split('/')[0])
      if (snapshotHash(snapshot) === snapshot.hash) byShard.set(shard, [...(byShard.get(shard) ?? []), snapshot])
      else hearing.damaged(shard)
    }
    for (const [shard, parts] of byShard) {
      const [first, ...others] = furthestChain(parts)
      const last = others.at(-1) ?? first
      if (first !== undefined && last !== undefined)
        hearing.kept(shard, { ...last, state: first.state, changes: others.map(({ state }) => state) })
    }
  }

  return {
    async save(realm, role, snapshots) {
      for (const [shard, snapshot] of snapshots) {
        const link = linkOf(snapshot)
        const hash = snapshotHash(snapshot)
        const key = `${realm}/${role}/${shard}/${laneOf(link)}/${link.place}`
        if (snapshot.reach >= (kept.get(key)?.reach ?? 0)) kept.set(key, { ...snapshot, link, hash })
      }
    },
    async load(realm, role) {
      const loaded = new Map<number, KeptSnapshot>()
      await loadEach(realm, role, {
        kept: (shard, snapshot) => loaded.set(shard, snapshot),
        damaged(shard) {
          const name = `${realm}/${role}/${shard}`
          throw new Refusal({ zh: `快照 ${name} 已损坏`, en: `The snapshot ${name} is damaged` })
        },
      })
      return loaded
    },
    loadEach,
  }
}
