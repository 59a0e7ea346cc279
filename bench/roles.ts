import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Role } from '../app/config.ts'
import { loadPolicySet } from '../app/policies.ts'
import { enterRealm } from '../app/realm-roster.ts'
import { createSupervisor, type Supervised } from '../app/supervisor.ts'
import { type BenchContext, SET } from './bench.ts'
import { type FreshParts, roleEnvironment } from './parts.ts'

export interface StartedRoles {
  readonly roles: readonly Supervised[]
  /** Raised when one of them dies, which makes the measurement worthless; the reason ends with what it said last. */
  readonly death: AbortSignal
}

/** Roles as they always run, each list in a process of its own, for the realm of the measurements; `told` to all of them. */
export async function startRoles(
  context: BenchContext,
  parts: FreshParts,
  processes: readonly (readonly [Role, ...Role[]])[],
  told: Readonly<Record<string, string>> = {},
): Promise<StartedRoles> {
  await enterRealm(parts.ports.present, loadPolicySet(context.policies, SET))
  const dead = new AbortController()
  const supervisor = createSupervisor({
    runFolder: parts.runFolder,
    policiesFolder: context.policies,
    environment: { ...roleEnvironment(parts.config), ...told },
    lifecycle: parts.lifecycle,
    onRestart: (name, code) => dead.abort(new Error(`${name} has died (${code}): ${lastWords(parts.runFolder, name)}`)),
    onGivenUp: (error) => dead.abort(error),
  })
  return { roles: await Promise.all(processes.map((roles) => supervisor.start(roles[0], roles))), death: dead.signal }
}

function lastWords(runFolder: string, name: string): string {
  const file = join(runFolder, `${name}.log`)
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-3).join('\n') : ''
}
