import { setMaxListeners } from 'node:events'
import type { Bilingual } from '../core/bilingual.ts'
import { Refusal, textOf } from '../core/errors.ts'
import { addressesFrom, readAddresses } from './addresses.ts'
import type { Config, Role } from './config.ts'
import { dataFolderAt } from './embedded/data-folder.ts'
import { createLifecycle } from './lifecycle.ts'
import { loadPolicySets } from './policies.ts'
import { openPorts } from './ports.ts'
import { enterRealm } from './realm-roster.ts'
import { createRetry } from './retry.ts'
import type { RoleReady } from './roles/role.ts'
import { ROLE_STARTERS } from './roles/roles.ts'
import { giveSignsOfLife } from './signs-of-life.ts'
import { createLogger } from './telemetry.ts'

/** What a role's process tells its supervisor. */
export type RoleMessage = { readonly ready: RoleReady } | { readonly refusal: Bilingual }

/**
 * Runs roles in this process until it is asked to stop (SIGTERM, SIGINT, or its supervisor has gone) or one of them
 * fails. An unknown error ends the process, so that it starts clean; what was not committed is done again then.
 * `realms` are made known first: where servers are named in the environment no supervisor does it. Resolves to the exit
 * code.
 */
export async function runRoles(
  roles: readonly Role[],
  config: Config,
  policiesFolder: string,
  realms: readonly string[] = [],
): Promise<number> {
  const logger = createLogger(roles.join(','), config.logLevel)
  const lifecycle = createLifecycle()
  const controller = new AbortController()
  // Every realm and every door listens to it: many listeners are no leak here.
  setMaxListeners(0, controller.signal)
  const supervised = process.connected === true
  const stop = () => controller.abort()
  process.once('SIGTERM', stop)
  // Ctrl-C reaches the whole group of a terminal: a supervised role waits for its supervisor's word.
  process.on('SIGINT', () => (supervised ? undefined : stop()))
  if (supervised) process.once('disconnect', stop)
  let code = 0
  try {
    const folder = dataFolderAt(config.dataFolder)
    const addresses = addressesFrom(config) ?? readAddresses(folder.run)
    if (addresses === undefined)
      throw new Refusal({
        zh: `${folder.path} 上没有运行中的系统`,
        en: `Nothing runs on ${folder.path}: use fengsui start, or name the servers in the environment.`,
      })
    const retry = createRetry(controller.signal, (error, attempt) =>
      logger.warn({ code: error.code, attempt }, 'retrying'),
    )
    const onFault = (error: Error) => logger.warn({ err: error }, 'connection')
    const ports = await openPorts(config, addresses, lifecycle, onFault, retry)
    const policies = loadPolicySets(policiesFolder)
    for (const realm of realms) {
      const set = policies.get(realm)
      if (set !== undefined) await enterRealm(ports.present, set)
    }
    const context = {
      config,
      folder,
      addresses,
      ports,
      policies,
      policiesFolder,
      lifecycle,
      logger,
      signal: controller.signal,
      retry,
    }
    const running = []
    for (const role of roles) running.push(await ROLE_STARTERS[role](context))
    await giveSignsOfLife(roles, config, ports.present, lifecycle, (error) =>
      logger.warn({ err: error }, 'no sign of life'),
    )
    tell({ ready: Object.assign({}, ...running.map((role) => role.ready)) })
    logger.info({ ready: running.map((role) => role.ready) }, 'ready')
    const stopped = new Promise<void>((resolve) =>
      controller.signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    await Promise.race([stopped, ...running.map((role) => role.ended)])
    controller.abort()
    await Promise.all(running.map((role) => role.ended))
  } catch (error) {
    controller.abort()
    if (!isStopping(error)) {
      code = 1
      logger.error({ err: error }, 'stopped by an error')
      tell({
        refusal: textOf(error),
      })
      if (!supervised && error instanceof Refusal) process.stderr.write(`${error.message}\n`)
    }
  }
  try {
    await lifecycle.stop()
  } catch (error) {
    code = 1
    logger.error({ err: error }, 'not everything could be stopped')
  }
  return code
}

/** A wait that was broken off because the role was asked to stop is no failure. */
function isStopping(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function tell(message: RoleMessage): void {
  if (process.connected === true) process.send?.(message)
}
