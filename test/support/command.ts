import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { ended } from '../../app/embedded/process-identity.ts'
import { builtMain } from './build.ts'
import { until } from './until.ts'

/** `fengsui …` as a user's shell runs it: a process group of its own, its words collected. */
export interface RunningCommand {
  readonly pid: number
  said(): string
  /** The words on standard error. */
  complained(): string
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Waits until it has said something of this form; fails when it ends before. */
  hears(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>
  /** Ctrl-C in its terminal: the signal goes to the whole group. */
  interrupt(): void
}

type Environment = Readonly<Record<string, string | undefined>>

/** Servers that a developer's shell may name must not get into a test. */
const FOREIGN = /^(?:FENGSUI_|KAFKA_|CLICKHOUSE_|MQTT_|LOG_REDIS_URL|PRESENT_REDIS_URL)/

function cleanEnvironment(): Environment {
  const own = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name))
  return { ...Object.fromEntries(own), LANG: 'en_GB.UTF-8', LC_ALL: 'en_GB.UTF-8' }
}

export function fengsui(words: readonly string[], environment: Environment = {}): RunningCommand {
  const child: ChildProcess = spawn(process.execPath, [builtMain(), ...words], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), ...environment },
  })
  let said = ''
  let complained = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complained += text
  })
  let over = false
  const end = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      over = true
      resolve({ code, signal })
    })
  })
  const pid = child.pid ?? -1
  return {
    pid,
    said: () => said,
    complained: () => complained,
    ended: end,
    async hears(pattern, withinMs = 60_000) {
      const match = await until(
        String(pattern),
        () => pattern.exec(said + complained) ?? (over ? 'over' : undefined),
        withinMs,
      )
      if (match === 'over') throw new Error(`it ended without a word of ${pattern}: ${said}${complained}`)
      return match
    },
    interrupt: () => void process.kill(-pid, 'SIGINT'),
  }
}

export interface Outcome {
  readonly code: number | null
  readonly said: string
  readonly complained: string
}

/** Runs it to its end. */
export async function fengsuiToEnd(words: readonly string[], environment: Environment = {}): Promise<Outcome> {
  const command = fengsui(words, environment)
  const { code } = await command.ended
  return { code, said: command.said(), complained: command.complained() }
}

export interface OwnProcess {
  readonly pid: number
  readonly kind: 'redis' | 'history' | 'role' | 'simulation' | 'command'
  /** What it was started with. */
  readonly words: string
}

/** Every process that works on the data folder, by the words it was started with or its environment. */
export function processesOf(folder: string): OwnProcess[] {
  const belongs = (line: string) => line.includes(folder)
  const withEnvironment = new Map(list('axeww').map(([pid, line]) => [pid, line]))
  return list('axww').flatMap(([pid, line]) => {
    const kind = kindOf(line)
    const mine = belongs(line) || belongs(withEnvironment.get(pid) ?? '')
    return kind !== undefined && mine ? [{ pid, kind, words: line }] : []
  })
}

function list(flags: string): [pid: number, line: string][] {
  const text = execFileSync('ps', [flags, '-o', 'pid=,stat=,command='], { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 })
  return text.split('\n').flatMap((line) => {
    const [, pid, stat, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    // What has ended and was not yet collected does not live.
    return pid === undefined || command === undefined || stat?.startsWith('Z') ? [] : [[Number(pid), command]]
  })
}

function kindOf(command: string): OwnProcess['kind'] | undefined {
  if (/redis-server/.test(command)) return 'redis'
  if (/history-owner-process/.test(command)) return 'history'
  if (!/app\/main\.(?:ts|js)/.test(command)) return undefined
  if (/ simulate /.test(command)) return 'simulation'
  return / role /.test(command) ? 'role' : 'command'
}

/** `kill -9` of every process of the folder, whoever starts it again first; resolves when all are gone. */
export async function killAll(folder: string, spared: readonly OwnProcess['kind'][] = []): Promise<OwnProcess[]> {
  const order = ['command', 'simulation', 'role', 'history', 'redis'] as const
  const killed: OwnProcess[] = []
  for (;;) {
    const living = processesOf(folder).filter(({ kind }) => !spared.includes(kind))
    if (living.length === 0) return killed
    for (const wanted of order) {
      for (const one of living) if (one.kind === wanted && kill(one.pid)) killed.push(one)
    }
    await Promise.all(living.map(({ pid }) => ended(pid, 10_000)))
  }
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
