import type { Position } from './event-log.ts'
import { canonicalJson, fullHash } from './hash.ts'

/** State and the positions it includes, together: what a role resumes from. */
export interface Snapshot {
  /** By `topic` or `topic/shard`. */
  readonly positions: Readonly<Record<string, Position>>
  readonly state: Uint8Array
  /** How many entries of the log it includes, since the beginning. */
  readonly reach: number
  /** Where it belongs; absent for a role whose snapshots are always whole. */
  readonly link?: Link
}

/**
 * A shard's state is kept as a chain: a whole one first, and behind it what changed from one to the next. The chain before
 * stays until the one after the next takes its place, so that there is another where one turns out to be damaged.
 */
export interface Link {
  /** The chains of one shard are numbered. */
  readonly chain: number
  /** 0: the state is whole. From 1 on it is what changed since the place before. */
  readonly place: number
  /** Hash of the place before; empty at place 0. */
  readonly after: string
}

/** A chain that is whole. */
export interface KeptSnapshot extends Snapshot {
  /** What changed since `state`, in order; positions and reach are those of the last. */
  readonly changes: readonly Uint8Array[]
  /** Where the last of it stands, and its hash. */
  readonly link: Link
  readonly hash: string
}

export interface Snapshots {
  /**
   * Keeps the snapshots of a role's shards, all at once, but for those that reach less far than what stands in their place;
   * durable when it resolves. The log is trimmed behind the furthest one: whoever saves another later, with
   * a clock that is ahead or after standing still for an hour, must not take its place.
   */
  save(realm: string, role: string, snapshots: ReadonlyMap<number, Snapshot>): Promise<void>
  /** Of every shard of a role the chain that reaches furthest and is whole; what does not fit its hash is an error, never used. */
  load(realm: string, role: string): Promise<ReadonlyMap<number, KeptSnapshot>>
  /** The same, one after the other while more are on their way; what does not fit its hash is passed over. */
  loadEach(realm: string, role: string, hearing: Hearing): Promise<void>
}

/** Whoever loads hears of a shard again where a call is made again. */
export interface Hearing {
  kept(shard: number, snapshot: KeptSnapshot): void
  /** A place of it does not fit its hash. */
  damaged(shard: number): void
}

const WHOLE: Link = { chain: 0, place: 0, after: '' }
/** Chains that are kept of one shard. */
const LANES = 2

export function linkOf({ link }: Snapshot): Link {
  return link ?? WHOLE
}

/** A chain takes the places of the one before the last. */
export function laneOf({ chain }: Link): number {
  return chain % LANES
}

export function snapshotHash({ positions, state, link }: Omit<Snapshot, 'reach'>): string {
  const said = `${canonicalJson(positions)}\n${fullHash(state)}`
  return fullHash(link === undefined || link.place === 0 ? said : `${said}\n${link.after}`)
}

/** What stands in one place, and the hash that was written with it. */
export interface Placed {
  readonly link: Link
  readonly reach: number
  readonly hash: string
}

/** Of what stands in the places of one shard the chain that reaches furthest: each place follows the hash of the one before. */
export function furthestChain<Part extends Placed>(parts: readonly Part[]): readonly Part[] {
  let furthest: readonly Part[] = []
  for (let lane = 0; lane < LANES; lane++) {
    const chain = chainOf(parts.filter(({ link }) => laneOf(link) === lane))
    if ((chain.at(-1)?.reach ?? -1) > (furthest.at(-1)?.reach ?? -1)) furthest = chain
  }
  return furthest
}

function chainOf<Part extends Placed>(parts: readonly Part[]): readonly Part[] {
  const chain: Part[] = []
  for (let after = ''; ; after = chain.at(-1)?.hash ?? '') {
    const next = parts.find(({ link }) => link.place === chain.length && link.after === after)
    if (next === undefined) return chain
    chain.push(next)
  }
}
