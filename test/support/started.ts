import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fengsui, killAll, type RunningCommand } from './command.ts'
import { freePorts } from './ports.ts'
import { type SystemView, viewSystem } from './system.ts'

export interface StartedSystem extends SystemView {
  readonly data: string
  readonly running: RunningCommand
  /** After its end, whatever it was: once more on the same folder and the same ports. Takes this one's place. */
  again(): Promise<StartedSystem>
  /** Ends it in order, and removes its folder. */
  stop(): Promise<void>
}

type Environment = Readonly<Record<string, string>>

/**
 * A whole system in a folder of its own, without the simulated city; `keys` are those of another folder, so that
 * personal numbers get the same tokens; `place` is where that folder is made. Stop it in `afterAll`.
 */
export async function startSystem(
  keys?: string,
  environment: Environment = {},
  place: string = tmpdir(),
): Promise<StartedSystem> {
  const folder = await mkdtemp(join(place, 'fengsui-system-'))
  if (keys !== undefined) await cp(keys, join(folder, 'data', 'keys'), { recursive: true })
  return startOn(folder, await freePorts(), environment)
}

async function startOn(folder: string, port: number, environment: Environment): Promise<StartedSystem> {
  const data = join(folder, 'data')
  const running = fengsui(['start', '--data', data, '--port', String(port), '--no-simulation'], environment)
  try {
    await running.hears(/Board: /, 120_000)
    const brokers = environment.FENGSUI_LOG === 'kafka' ? (environment.KAFKA_BROKERS ?? '').split(',') : []
    const view = await viewSystem(data, brokers)
    return {
      ...view,
      data,
      running,
      async again() {
        const next = await startOn(folder, port, environment)
        // Its connections find the servers that took the place of theirs, and can be closed in order.
        await view.close()
        return next
      },
      async stop() {
        await view.close()
        running.interrupt()
        await running.ended
        await killAll(data)
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    const words = lastWords(join(data, 'run'))
    await killAll(data)
    await rm(folder, { recursive: true, force: true })
    throw new Error(words, { cause: error })
  }
}

const LAST_CHARACTERS = 1_500

function lastWords(runFolder: string): string {
  if (!existsSync(runFolder)) return 'it never ran'
  const logs = readdirSync(runFolder).filter((name) => name.endsWith('.log'))
  return logs
    .map((name) => `${name}:\n${readFileSync(join(runFolder, name), 'utf8').slice(-LAST_CHARACTERS)}`)
    .join('\n')
}
