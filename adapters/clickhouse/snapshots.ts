import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { Refusal } from '../../core/errors.ts'
import { canonicalJson, fullHash } from '../../core/hash.ts'
import type { History } from '../../core/history.ts'
import type { Snapshot, Snapshots } from '../../core/snapshots.ts'
import type { Clock } from '../../core/time.ts'

interface SnapshotRow {
  readonly shard: number
  readonly positions: string
  readonly state: string
  readonly hash: string
  readonly reach: number
}

const pack = promisify(gzip)
const unpack = promisify(gunzip)

export function createSnapshots(history: History, clock: Clock): Snapshots {
  return {
    async save(realm, role, snapshots) {
      const saved = clock.now()
      const names: string[] = []
      const rows: string[] = []
      for (const [shard, snapshot] of snapshots) {
        const positions = canonicalJson(snapshot.positions)
        const hash = hashOf(positions, snapshot.state)
        const state = (await pack(snapshot.state, { level: 1 })).toString('base64')
        rows.push(`${JSON.stringify({ realm, role, shard, positions, state, hash, reach: snapshot.reach, saved })}\n`)
        names.push(`${shard}/${hash}`)
      }
      if (rows.length === 0) return
      await history.insert(
        'snapshots',
        Buffer.from(rows.join('')),
        `${realm}/${role}/${saved}/${fullHash(names.join())}`,
      )
    },
    async load(realm, role) {
      const sizes = await history.query<{ shard: number; bytes: string }>(
        `SELECT shard, toString(max(length(state))) AS bytes FROM snapshots
         WHERE realm = {realm:String} AND role = {role:String} GROUP BY shard ORDER BY shard`,
        { realm, role },
      )
      const loaded = new Map<number, Snapshot>()
      for (const shards of partsOf(sizes)) {
        const rows = await history.query<SnapshotRow>(
          `SELECT shard, positions, state, hash, reach FROM snapshots
           WHERE realm = {realm:String} AND role = {role:String} AND shard IN {shards:Array(UInt16)}
           ORDER BY shard, reach DESC, saved DESC LIMIT 1 BY shard`,
          { realm, role, shards },
        )
        for (const row of rows) loaded.set(row.shard, await restore(row, `${realm}/${role}/${row.shard}`))
      }
      return loaded
    },
  }
}

/** All shards of a large city together could exceed what one answer may hold. */
const BYTES_AT_ONCE = 32_000_000

function partsOf(sizes: readonly { readonly shard: number; readonly bytes: string }[]): number[][] {
  const parts: number[][] = []
  let room = 0
  for (const { shard, bytes } of sizes) {
    room -= Number(bytes)
    if (room >= 0) parts.at(-1)?.push(shard)
    else {
      parts.push([shard])
      room = BYTES_AT_ONCE - Number(bytes)
    }
  }
  return parts
}

async function restore(row: SnapshotRow, name: string): Promise<Snapshot> {
  const damaged = {
    zh: `快照 ${name} 已损坏:请从 snapshots 表中删去它的行,系统会从归档重建`,
    en: `The snapshot ${name} is damaged: delete its rows from the table "snapshots", and it is rebuilt from the archive.`,
  }
  const state = await unpack(Buffer.from(row.state, 'base64')).catch((error: unknown) => {
    throw new Refusal(damaged, { cause: error })
  })
  if (hashOf(row.positions, state) !== row.hash) throw new Refusal(damaged)
  return { positions: JSON.parse(row.positions) as Record<string, string>, state, reach: Number(row.reach) }
}

function hashOf(positions: string, state: Uint8Array): string {
  return fullHash(`${positions}\n${fullHash(state)}`)
}
