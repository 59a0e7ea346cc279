import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Refusal } from '../core/errors.ts'
import type { Role } from './config.ts'
import { nodeEntry, ROLE_FLAGS } from './embedded/node-entry.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { RoleMessage } from './role-process.ts'
import type { RoleReady } from './roles/role.ts'

export interface Supervised {
  readonly ready: RoleReady
  pid(): number | undefined
}

export interface SupervisorOptions {
  readonly runFolder: string
  readonly policiesFolder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly lifecycle: Lifecycle
  /** A role has died and is started again. */
  readonly onRestart: (name: string, code: number | null) => void
  /** A role dies again and again: the whole has to stop. */
  readonly onGivenUp: (error: Error) => void
}

const STOP_MS = 30_000
/** A role that has lived so long is well, whatever was before. */
const WELL_MS = 5_000
/** In a row without having been well: with the pauses between them half a minute, in which what a role needs comes back. */
const MOST_DEATHS = 6
/** Before it is started again; twice as long after each further death. */
const PAUSE_MS = 500

/** Starts roles as processes of their own and keeps them running; stopped by the lifecycle, last started first. */
export interface Supervisor {
  start(name: string, roles: readonly Role[]): Promise<Supervised>
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  /** Of all of them, from the first that is asked to stop: whoever signals the whole group ends the others unasked. */
  let stopping = false

  async function start(name: string, roles: readonly Role[]): Promise<Supervised> {
    let child: ChildProcess | undefined
    let deaths = 0
    let readyAt = 0

    async function launch(): Promise<RoleReady> {
      child = spawnRole(name, roles, options)
      const ready = await readiness(child, name, options.runFolder)
      readyAt = performance.now()
      child.once('exit', (code) => {
        if (!stopping) again(code).catch(options.onGivenUp)
      })
      return ready
    }

    async function again(code: number | null): Promise<void> {
      options.onRestart(name, code)
      if (performance.now() - readyAt >= WELL_MS) deaths = 0
      for (;;) {
        deaths += 1
        if (deaths > MOST_DEATHS) {
          throw new Refusal({
            zh: `角色 ${name} 反复失败,请查看 ${join(options.runFolder, `${name}.log`)}`,
            en: `The role ${name} fails again and again: read ${join(options.runFolder, `${name}.log`)}.`,
          })
        }
        await delay(PAUSE_MS * 2 ** (deaths - 1))
        if (stopping) return
        try {
          await launch()
          return
        } catch (error) {
          // It was well before: what it needs may have died with it and be on its way back.
          if (!(error instanceof Refusal)) throw error
        }
      }
    }

    options.lifecycle.onStop(name, async () => {
      stopping = true
      if (child !== undefined) await stopChild(child)
    })
    return { ready: await launch(), pid: () => child?.pid }
  }
  return { start }
}

function spawnRole(name: string, roles: readonly Role[], options: SupervisorOptions): ChildProcess {
  const { runFolder, policiesFolder, environment } = options
  const log = openSync(join(runFolder, `${name}.log`), 'a', 0o600)
  const words = ['--policies', policiesFolder, 'role', ...roles]
  const child = spawn(process.execPath, [...ROLE_FLAGS, ...nodeEntry(import.meta.url, 'main'), ...words], {
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, ...environment },
  })
  closeSync(log)
  return child
}

function readiness(child: ChildProcess, name: string, runFolder: string): Promise<RoleReady> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const told = message as RoleMessage
      if ('ready' in told) resolve(told.ready)
      else reject(new Refusal(told.refusal))
    })
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(
        new Refusal({
          zh: `角色 ${name} 未能启动(${code}),请查看 ${join(runFolder, `${name}.log`)}`,
          en: `The role ${name} did not start (${code}): read ${join(runFolder, `${name}.log`)}.`,
        }),
      ),
    )
  })
}

/** Asks, waits, and ends it by force only where it does not come to an end by itself. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(timer)
}
