import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ended } from '../../app/embedded/process-identity.ts'
import type { Dice } from '../world/dice.ts'
import { processesOf } from './command.ts'
import { PATIENCE_MS } from './patience.ts'
import type { PenaltiesLoad } from './penalties-load.ts'
import type { StartedSystem } from './started.ts'
import { until } from './until.ts'

/** What can be killed, by name: does it, and resolves when it is back. */
export type Victims = Readonly<Record<string, () => Promise<void>>>

type Part = 'ingest' | 'process' | 'alert' | 'history' | 'redis'
const PARTS: readonly Part[] = ['ingest', 'process', 'history', 'redis', 'alert']

/** Every kind of process of a system on one machine. */
export function partsOf(system: StartedSystem, dice: Dice): Victims {
  return Object.fromEntries(PARTS.map((part) => [part, () => killOne(system, part, dice)]))
}

async function killOne(system: StartedSystem, part: Part, dice: Dice): Promise<void> {
  const pid = dice.pick(await until(`${part} to be there`, () => pidsOf(system, part), PATIENCE_MS))
  process.kill(pid, 'SIGKILL')
  const isBack = () => pidsOf(system, part)?.includes(pid) === false || undefined
  await withWords(system, until(`${part} to be back`, isBack, PATIENCE_MS))
}

/** Those that live; `undefined` while one is missing. */
function pidsOf({ data }: StartedSystem, part: Part): readonly number[] | undefined {
  const isRole = (words: string) => new RegExp(` role .*\\b${part}\\b`).test(words)
  const pids = processesOf(data)
    .filter(({ kind, words }) => (part === 'history' || part === 'redis' ? kind === part : isRole(words)))
    .map(({ pid }) => pid)
  return pids.length === (part === 'redis' ? 2 : 1) ? pids : undefined
}

/** A failure with what the system says of it. */
async function withWords<Seen>({ data, running }: StartedSystem, waiting: Promise<Seen>): Promise<Seen> {
  try {
    return await waiting
  } catch (error) {
    const log = readFileSync(join(data, 'run', 'process.log'), 'utf8').slice(-4_000)
    throw new Error(`${running.said()}${running.complained()}${log}`, { cause: error })
  }
}

/** One after the other, round by round: a role that dies again and again without rest is given up, and all with it. */
export async function killUnderLoad(
  system: StartedSystem,
  victims: Victims,
  { acknowledged }: PenaltiesLoad,
  kills: number,
  dice: Dice,
): Promise<void> {
  let round: string[] = []
  for (let kill = 0; kill < kills; kill++) {
    if (round.length === 0) round = dice.shuffled(Object.keys(victims))
    const victim = round.pop() ?? ''
    await victims[victim]?.()
    const seen = acknowledged()
    const isServed = () => acknowledged() > seen + 100 || undefined
    await withWords(system, until(`senders to be served after the end of ${victim}`, isServed, PATIENCE_MS))
  }
}

/** Everything in one breath: supervisor, roles, the history's owner, both Redis. What was not yet synced the kernel still writes. */
export async function killEverything({ data }: StartedSystem): Promise<void> {
  const living = processesOf(data).map(({ pid }) => pid)
  for (const pid of living) process.kill(pid, 'SIGKILL')
  await Promise.all(living.map((pid) => ended(pid, PATIENCE_MS)))
}
