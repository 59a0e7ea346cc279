import type { Position } from './event-log.ts'

/** State and the positions it includes, together: what a role resumes from. */
export interface Snapshot {
  /** By `topic` or `topic/shard`. */
  readonly positions: Readonly<Record<string, Position>>
  readonly state: Uint8Array
  /** How many entries of the log it includes, since the beginning. */
  readonly reach: number
}

export interface Snapshots {
  /**
   * Replaces the snapshots of a role's shards, all at once, but for those that reach further; durable when it resolves. The
   * log is trimmed behind the furthest one: whoever saves another later, with a clock that is ahead or after standing still
   * for an hour, must not take its place.
   */
  save(realm: string, role: string, snapshots: ReadonlyMap<number, Snapshot>): Promise<void>
  /** The furthest snapshot of every shard of a role; one whose hash does not fit is an error, never used. */
  load(realm: string, role: string): Promise<ReadonlyMap<number, Snapshot>>
}
