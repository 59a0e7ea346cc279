import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'

/** Whether processes can be kept on one core each here. */
export function canPin(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return cpus().length > 1
  } catch {
    return false
  }
}

/** Keeps a process, with all of its threads and those that they start, on one core. */
export function pin(pid: number, core: number): void {
  execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', String(core), String(pid)], { stdio: 'ignore' })
}
