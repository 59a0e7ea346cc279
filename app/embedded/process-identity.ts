import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * What tells one run of a process from a later one that got the same number: the boot it belongs to and the moment
 * it started. `undefined` where no such process lives; one that has ended and was not yet collected does not live.
 */
export function identityOf(pid: number): string | undefined {
  return existsSync('/proc/self/stat') ? identityFromProc(pid) : identityFromPs(pid)
}

/** Resolves when the process has ended; `false` where it still lives after `withinMs`. */
export async function ended(pid: number, withinMs: number): Promise<boolean> {
  const identity = identityOf(pid)
  for (let waited = 0; identity !== undefined && identityOf(pid) === identity; waited += 20) {
    if (waited >= withinMs) return false
    await delay(20)
  }
  return true
}

function identityFromProc(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
  // The second field is the command in parentheses and may itself hold spaces; fields are counted after its end.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${rest[18]}`
}

function identityFromPs(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return undefined
  }
  return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
}
