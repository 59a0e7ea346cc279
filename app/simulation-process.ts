import { spawn } from 'node:child_process'
import type { Config } from './config.ts'
import { nodeEntry, ROLE_FLAGS } from './embedded/node-entry.ts'
import type { Lifecycle } from './lifecycle.ts'
import { stopChild } from './supervisor.ts'

export interface SimulationProcess {
  /** Rejects when the simulated city ended by itself, which it never should. */
  readonly failed: Promise<never>
}

/** The simulated city is a process of its own, as its senders would be; what it says is passed on line by line. */
export function startSimulationProcess(
  config: Config,
  options: { readonly enterprises: number; readonly speed: number; readonly seed: number },
  lifecycle: Lifecycle,
  print: (line: string) => void,
  signal: AbortSignal,
): SimulationProcess {
  const words = [
    '--data',
    config.dataFolder,
    'simulate',
    '--enterprises',
    options.enterprises,
    '--speed',
    options.speed,
    '--seed',
    options.seed,
  ]
  const child = spawn(process.execPath, [...ROLE_FLAGS, ...nodeEntry(import.meta.url, 'main'), ...words.map(String)], {
    // Detached: Ctrl-C reaches it through its supervisor, in the order of things.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) if (line !== '') print(line)
  })
  lifecycle.onStop('the simulated city', () => stopChild(child))
  const failed = new Promise<never>((_, reject) => {
    child.once('exit', (code) => {
      if (!signal.aborted) reject(new Error(`the simulated city has ended (${code})`))
    })
  })
  failed.catch(() => undefined)
  return { failed }
}
