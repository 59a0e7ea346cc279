import { spawn } from 'node:child_process'
import { nodeEntry, ROLE_FLAGS } from '../app/embedded/node-entry.ts'
import type { Lifecycle } from '../app/lifecycle.ts'
import { stopChild } from '../app/supervisor.ts'
import type { WorkerMessage } from './worker.ts'

export interface Worker<Result> {
  readonly pid: number
  /** Lets it run; resolves to what it found and the processor time that it took. */
  go(): Promise<{ readonly result?: Result; readonly cpuSeconds: number }>
}

/** Starts the module `name` of this folder as a process of its own, with these flags of Node's, and waits until it is ready. */
export async function startWorker<Task, Result>(
  name: string,
  task: Task,
  lifecycle: Lifecycle,
  flags: readonly string[] = [],
): Promise<Worker<Result>> {
  const child = spawn(
    process.execPath,
    [...ROLE_FLAGS, ...flags, ...nodeEntry(import.meta.url, name), JSON.stringify(task)],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  lifecycle.onStop(name, () => stopChild(child))
  function heard<Value>(wanted: (message: WorkerMessage<Result>) => Value | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      child.on('message', (said) => {
        const message = said as WorkerMessage<Result>
        if ('failed' in message) return reject(new Error(message.failed))
        const value = wanted(message)
        if (value !== undefined) resolve(value)
      })
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`${name} has ended (${code})`)))
    })
  }
  await heard((message) => ('ready' in message ? true : undefined))
  const result = heard((message) => ('done' in message ? message : undefined))
  // Somebody listens from `go` on.
  result.catch(() => undefined)
  return {
    pid: child.pid ?? -1,
    async go() {
      child.send('go')
      return await result
    },
  }
}
