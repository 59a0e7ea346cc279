import type { Logger } from 'pino'
import type { Addresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import type { DataFolder } from '../embedded/data-folder.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { PolicySet } from '../policies.ts'
import type { Ports } from '../ports.ts'
import type { Retry } from '../retry.ts'

/** Everything a role is given; it takes nothing from anywhere else. */
export interface RoleContext {
  readonly config: Config
  readonly folder: DataFolder
  readonly addresses: Addresses
  readonly ports: Ports
  readonly policies: ReadonlyMap<string, PolicySet>
  readonly policiesFolder: string
  readonly lifecycle: Lifecycle
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly retry: Retry
}

/** What a role tells whoever started it, once it is ready: its addresses. */
export type RoleReady = Readonly<Record<string, string>>

/** Starts a role. `ready` resolves when it serves; `ended` when it has stopped or failed. */
export interface RunningRole {
  readonly ready: RoleReady
  readonly ended: Promise<void>
}

export type StartRole = (context: RoleContext) => Promise<RunningRole>
