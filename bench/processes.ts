import { readdirSync, readFileSync } from 'node:fs'

export interface RunningProcess {
  readonly pid: number
  readonly parent: number
  /** As it was started, words separated by blanks. */
  readonly command: string
}

/** What /proc tells; nothing on a system without it. */
export function listProcesses(): readonly RunningProcess[] {
  const pids = readOr('/proc/self/stat') === undefined ? [] : readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.flatMap((pid) => {
    const command = readOr(`/proc/${pid}/cmdline`)
    const parent = statFields(pid)?.[1]
    return command === undefined || parent === undefined
      ? []
      : [{ pid, parent: Number(parent), command: command.replaceAll('\0', ' ').trim() }]
  })
}

/** Seconds of processor time that a process has used; `undefined` where the system does not tell. */
export function cpuSecondsOf(pid: number): number | undefined {
  const fields = statFields(pid)
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

/** Resident memory in MiB; `undefined` where the system does not tell. */
export function residentMebibytesOf(pid: number): number | undefined {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readOr(`/proc/${pid}/status`) ?? '')?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
}

/** USER_HZ, which Linux fixes for what it tells of processes. */
const TICKS_A_SECOND = 100

/** The fields of /proc/PID/stat after the name, which may hold blanks and brackets. */
function statFields(pid: number): readonly string[] | undefined {
  const stat = readOr(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** A process may end between two looks, and other systems have no such files. */
function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
