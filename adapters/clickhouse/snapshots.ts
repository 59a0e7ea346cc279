import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { Refusal } from '../../core/errors.ts'
import { canonicalJson, fullHash } from '../../core/hash.ts'
import type { History } from '../../core/history.ts'
import type { Snapshot, Snapshots } from '../../core/snapshots.ts'
import type { Clock } from '../../core/time.ts'

interface SnapshotRow {
  readonly positions: string
  readonly state: string
  readonly hash: string
  readonly reach: number
}

const pack = promisify(gzip)
const unpack = promisify(gunzip)

export function createSnapshots(history: History, clock: Clock): Snapshots {
  return {
    async save(realm, role, shard, snapshot) {
      const positions = canonicalJson(snapshot.positions)
      const hash = hashOf(positions, snapshot.state)
      const state = (await pack(snapshot.state, { level: 1 })).toString('base64')
      const saved = clock.now()
      const row = JSON.stringify({ realm, role, shard, positions, state, hash, reach: snapshot.reach, saved })
      await history.insert('snapshots', Buffer.from(`${row}\n`), `${realm}/${role}/${shard}/${saved}/${hash}`)
    },
    async load(realm, role) {
      const shards = await history.query<{ shard: number }>(
        'SELECT DISTINCT shard FROM snapshots WHERE realm = {realm:String} AND role = {role:String} ORDER BY shard',
        { realm, role },
      )
      const loaded = new Map<number, Snapshot>()
      for (const { shard } of shards) {
        // One shard at a time: all of them together could exceed what one answer may hold.
        const [row] = await history.query<SnapshotRow>(
          `SELECT positions, state, hash, reach FROM snapshots
           WHERE realm = {realm:String} AND role = {role:String} AND shard = {shard:UInt16}
           ORDER BY reach DESC, saved DESC LIMIT 1`,
          { realm, role, shard },
        )
        if (row !== undefined) loaded.set(shard, await restore(row, `${realm}/${role}/${shard}`))
      }
      return loaded
    },
  }
}

async function restore(row: SnapshotRow, name: string): Promise<Snapshot> {
  const damaged = `The snapshot ${name} is damaged: delete its rows from the table "snapshots", and it is rebuilt from the archive.`
  const state = await unpack(Buffer.from(row.state, 'base64')).catch((error: unknown) => {
    throw new Refusal(damaged, { cause: error })
  })
  if (hashOf(row.positions, state) !== row.hash) throw new Refusal(damaged)
  return { positions: JSON.parse(row.positions) as Record<string, string>, state, reach: Number(row.reach) }
}

function hashOf(positions: string, state: Uint8Array): string {
  return fullHash(`${positions}\n${fullHash(state)}`)
}
