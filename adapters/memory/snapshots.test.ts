import { snapshotsContract } from '../../test/contracts/snapshots.contract.ts'
import { createMemorySnapshots, type MemorySnapshot } from './snapshots.ts'

snapshotsContract('memory', async () => {
  const kept = new Map<string, MemorySnapshot>()
  return {
    snapshots: createMemorySnapshots(kept),
    async befall(what, realm, shard, lane, place) {
      const key = `${realm}/process/${shard}/${lane}/${place}`
      const snapshot = kept.get(key)
      if (what === 'lost' || snapshot === undefined) kept.delete(key)
      else kept.set(key, { ...snapshot, state: snapshot.state.subarray(1) })
    },
    stop: async () => undefined,
  }
})
