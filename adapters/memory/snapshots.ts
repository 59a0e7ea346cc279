import type { Snapshot, Snapshots } from '../../core/snapshots.ts'

/** Snapshots of one process, for tests. `kept` is by `realm/role/shard`: whoever gives it may look at it and lose some. */
export function createMemorySnapshots(kept = new Map<string, Snapshot>()): Snapshots {
  return {
    async save(realm, role, snapshots) {
      for (const [shard, snapshot] of snapshots) {
        const key = `${realm}/${role}/${shard}`
        if (snapshot.reach >= (kept.get(key)?.reach ?? 0)) kept.set(key, snapshot)
      }
    },
    async load(realm, role) {
      const prefix = `${realm}/${role}/`
      const own = [...kept].filter(([key]) => key.startsWith(prefix))
      return new Map(own.map(([key, snapshot]) => [Number(key.slice(prefix.length)), snapshot]))
    },
  }
}
