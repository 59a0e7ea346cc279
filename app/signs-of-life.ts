import { hostname } from 'node:os'
import { systemClock } from '../adapters/system-clock.ts'
import { NO_REALM, type Present } from '../core/present.ts'
import type { Config, Role } from './config.ts'
import type { Lifecycle } from './lifecycle.ts'

/** What a role's process says of itself every few seconds, for whoever asks how it is. */
export interface SignOfLife {
  readonly role: Role
  readonly host: string
  readonly pid: number
  /** Wall time, UTC ms. */
  readonly at: number
}

const EVERY_MS = 5_000
/** A sign that is older than this is of a role that hangs or died. */
export const ALIVE_MS = 20_000
/** Signs of processes that were killed and never came back under their name are forgotten. */
const FORGOTTEN_MS = 86_400_000

/** Gives signs of life in the present, under no realm, until the lifecycle ends; then takes them back. */
export async function giveSignsOfLife(
  roles: readonly Role[],
  config: Config,
  present: Present,
  lifecycle: Lifecycle,
  onFault: (error: unknown) => void,
): Promise<void> {
  const host = hostname()
  const keyOf = (role: Role) => `${role}@${host}${role === 'process' ? ` ${config.shards[0]}` : ''}`
  const give = async () => {
    const at = systemClock.now()
    const signs = roles.map((role): SignOfLife => ({ role, host, pid: process.pid, at }))
    await present.put(
      NO_REALM,
      'positions',
      Object.fromEntries(signs.map((sign) => [keyOf(sign.role), JSON.stringify(sign)])),
    )
  }
  const old = Object.entries(await present.read(NO_REALM, 'positions')).filter(
    ([, text]) => systemClock.now() - Number(JSON.parse(text).at) > FORGOTTEN_MS,
  )
  if (old.length > 0)
    await present.remove(
      NO_REALM,
      'positions',
      old.map(([key]) => key),
    )
  await give()
  const timer = setInterval(() => give().catch(onFault), EVERY_MS)
  lifecycle.onStop('the signs of life', async () => {
    clearInterval(timer)
    await present.remove(NO_REALM, 'positions', roles.map(keyOf)).catch(onFault)
  })
}

export async function readSignsOfLife(present: Present): Promise<readonly SignOfLife[]> {
  return Object.values(await present.read(NO_REALM, 'positions')).map((text): SignOfLife => JSON.parse(text))
}
