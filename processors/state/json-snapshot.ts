import { attributesAt } from '../attributes.ts'
import { isRegistration, isRetraction, type KeptState, type SensorState } from '../enterprise.ts'
import { emptyShardState, type ShardState } from '../shard-state.ts'

/** The layout that this reads; a snapshot of it is JSON from its first byte on. */
const LAYOUT = 2
const OPEN_BRACE = 0x7b

type JsonEnterprise = Omit<KeptState, 'number' | 'sensors'> & {
  readonly next: number
  readonly sensors: Readonly<Record<string, SensorState>>
}

type JsonSnapshot = Omit<ShardState, 'enterprises' | 'reach' | 'seenPlaces' | 'outages'> & {
  readonly version: number
  readonly enterprises: readonly JsonEnterprise[]
  readonly seenPlaces: readonly [string, number][]
  /** Absent in snapshots from before feeds' states were told. */
  readonly outages?: ShardState['outages']
}

export function isJsonSnapshot(bytes: Uint8Array): boolean {
  return bytes[0] === OPEN_BRACE
}

/** A snapshot as versions before 0.1 wrote it: the same state, with enterprises that are packed from now on. */
export function shardStateFromJson(bytes: Buffer): ShardState {
  const read: JsonSnapshot = JSON.parse(bytes.toString('utf8'))
  const { version, enterprises: kept, seenPlaces, ...rest } = read
  if (version !== LAYOUT) throw new RangeError(`snapshot of layout ${version}, this program reads ${LAYOUT} and later`)
  const { enterprises, reach } = emptyShardState(rest.shard)
  for (const { next, ...one } of kept) {
    const enterprise = enterprises.named(one.id)
    enterprise.entries.push(...one.entries)
    enterprise.registry.push(...one.entries.filter(isRegistration))
    enterprise.retractions.push(...one.entries.filter(isRetraction))
    enterprise.sensors = new Map(Object.entries(one.sensors))
    enterprise.revision = one.revision
    enterprise.last = one.last
    enterprises.setNext(enterprise.number, next)
    reach.place(enterprise.number, attributesAt(enterprise, rest.sealed))
    enterprises.rest()
  }
  return { ...rest, outages: rest.outages ?? {}, enterprises, reach, seenPlaces: new Map(seenPlaces) }
}
