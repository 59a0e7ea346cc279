import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { nodeEntry } from '../app/embedded/node-entry.ts'
import type { Lifecycle } from '../app/lifecycle.ts'
import { stopChild } from '../app/supervisor.ts'
import type { WorkerMessage } from './worker.ts'

export interface Worker<Result> {
  readonly pid: number
  /** Lets it run; resolves to what it found. */
  go(): Promise<Result>
}

/** Starts the module `name` of this folder as a process of its own and waits until it is ready. */
export async function startWorker<Task, Result>(
  name: string,
  task: Task,
  lifecycle: Lifecycle,
): Promise<Worker<Result>> {
  const child = spawn(process.execPath, [...nodeEntry(import.meta.url, name), JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
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
  const result = heard((message) => ('done' in message ? { value: message.done } : undefined))
  // Somebody listens from `go` on.
  result.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    async go() {
      child.send('go')
      return (await result).value
    },
  }
}

/** Seconds of processor time that a process has used; `undefined` where the system does not tell. */
export function cpuSeconds(pid: number): number | undefined {
  const fields = procFields(pid)
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / 100
}

/** Resident memory in MiB; `undefined` where the system does not tell. */
export function residentMebibytes(pid: number): number | undefined {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
  } catch {
    return undefined
  }
}

/** The fields of /proc/PID/stat after the name, which may hold blanks. */
function procFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
