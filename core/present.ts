/** What is so right now: small JSON documents by realm, area and key, with a bell that rings when an area changed. */
export interface Present {
  put(realm: string, area: PresentArea, documents: Readonly<Record<string, string>>): Promise<void>
  remove(realm: string, area: PresentArea, keys: readonly string[]): Promise<void>
  read(realm: string, area: PresentArea): Promise<Readonly<Record<string, string>>>
  readOne(realm: string, area: PresentArea, key: string): Promise<string | undefined>
  /** Calls `listener` with (realm, area) after a change; may coalesce, never loses the last. Returns how to stop. */
  watch(listener: (realm: string, area: PresentArea) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

/**
 * `shards`: a processor's view of one shard (totals, heat map, risers); `risk`: one enterprise as it stands;
 * `feeds`: one feed's health; `warnings`: open warnings; `plans`: the sampling plan in force; `demo`: what the
 * built-in receiver got; `positions`: how far the roles have come (`process {first shard}`, `alert`), `published`, from
 * which a board tells its delay, and for no realm each role's sign of life; `trend`: the board's own line of the city's
 * mean risk, key sealed instant.
 */
export type PresentArea =
  | 'realms'
  | 'shards'
  | 'risk'
  | 'feeds'
  | 'warnings'
  | 'plans'
  | 'receipts'
  | 'demo'
  | 'positions'
  | 'trend'

/** What belongs to no realm (the list of realms) is kept under this name, which no realm can have. */
export const NO_REALM = ''
