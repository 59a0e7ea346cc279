import type { Position } from './event-log.ts'

/** State and the positions it includes, together: what a role resumes from. */
export interface Snapshot {
  /** By `topic` or `topic/shard`. */
  readonly positions: Readonly<Record<string, Position>>
  readonly state: Uint8Array
}

export interface Snapshots {
  /** Replaces the snapshot of (realm, role, shard); durable when it resolves. */
  save(realm: string, role: string, shard: number, snapshot: Snapshot): Promise<void>
  /** The newest snapshot of every shard of a role; one whose hash does not fit is an error, never used. */
  load(realm: string, role: string): Promise<ReadonlyMap<number, Snapshot>>
}
