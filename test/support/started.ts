import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fengsui, killAll, type RunningCommand } from './command.ts'
import { freePorts } from './ports.ts'
import { type SystemView, viewSystem } from './system.ts'

export interface StartedSystem extends SystemView {
  readonly data: string
  readonly running: RunningCommand
  /** Ends it in order, and removes its folder. */
  stop(): Promise<void>
}

/**
 * A whole system in a folder of its own, without the simulated city; `keys` are those of another folder, so that
 * personal numbers get the same tokens. Stop it in `afterAll`.
 */
export async function startSystem(
  keys?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<StartedSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'fengsui-system-'))
  const data = join(folder, 'data')
  if (keys !== undefined) await cp(keys, join(data, 'keys'), { recursive: true })
  const running = fengsui(
    ['start', '--data', data, '--port', String(await freePorts()), '--no-simulation'],
    environment,
  )
  try {
    await running.hears(/Board: /, 120_000)
    const view = await viewSystem(data)
    return {
      ...view,
      data,
      running,
      async stop() {
        await view.close()
        running.interrupt()
        await running.ended
        await killAll(data)
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await killAll(data)
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
