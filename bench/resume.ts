import { setTimeout as delay } from 'node:timers/promises'
import { processed } from '../app/caught-up.ts'
import { loadPolicySet } from '../app/policies.ts'
import { enterRealm } from '../app/realm-roster.ts'
import { createSupervisor, type Supervised } from '../app/supervisor.ts'
import { type BenchContext, SET } from './bench.ts'
import { type Figure, figureOf, quantile } from './figure.ts'
import { createMadeCity } from './made-city.ts'
import { metricsOf } from './made-policy.ts'
import { type FreshParts, freshParts, roleEnvironment } from './parts.ts'
import { residentMebibytesOf } from './processes.ts'
import { type ResumeLoad, startLoad, writeStock } from './resume-load.ts'

const ENTERPRISES = 1_000_000
const KILLS = 12
const BAR_MS = 5_000
/** Between two kills: longer than the supervisor wants to see a role well, and than a snapshot needs to fall due. */
const APART_MS = 25_000
/** So long the role stands still while the load goes on. */
const STILL_MS = 20_000
const CATCH_UP_BAR = 5
const LOOK_MS = 25

/**
 * A processor of a million enterprises is killed with -9 under load, again and again: how long from the kill until a row
 * that was written after it is folded and on the present. Then it stands still for a while and catches up.
 */
export async function measureResume(context: BenchContext): Promise<readonly Figure[]> {
  const { realm } = loadPolicySet(context.policies, SET)
  const city = createMadeCity(ENTERPRISES, metricsOf(realm))
  const parts = await freshParts(context)
  const { signal } = context
  try {
    const role = await startProcessor(context, parts)
    context.announce(`resume: the register of ${ENTERPRISES} enterprises`)
    await writeStock(city, parts.ports.log, realm.realm, signal)
    await processed(parts.ports, realm.realm, signal, LOOK_MS)
    const load = startLoad(city, parts.ports, realm.realm, context.rate, signal)
    await delay(APART_MS, undefined, { signal })
    const delays: number[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      delays.push(await resumedAfterKill(role, load))
      context.announce(`resume: killed, resumed after ${Math.round(delays.at(-1) ?? 0)} ms`)
      await delay(APART_MS, undefined, { signal })
    }
    const resident = residentMebibytesOf(role.pid() ?? -1)
    const figures = figuresOf(delays, context.rate, resident)
    context.announce('resume: standing still')
    const seconds = await caughtUpAfter(STILL_MS, role, load)
    await load.stop()
    return [...figures, catchUpFigure(seconds, context.rate)]
  } finally {
    await parts.stop()
  }
}

async function startProcessor(context: BenchContext, parts: FreshParts): Promise<Supervised> {
  await enterRealm(parts.ports.present, loadPolicySet(context.policies, SET))
  const supervisor = createSupervisor({
    runFolder: parts.runFolder,
    policiesFolder: context.policies,
    environment: roleEnvironment(parts.config),
    lifecycle: parts.lifecycle,
    onRestart: () => undefined,
    onGivenUp: (error) => context.announce(error.message),
  })
  return supervisor.start('process', ['process'])
}

async function resumedAfterKill(role: Supervised, load: ResumeLoad): Promise<number> {
  signalTo(role, 'SIGKILL')
  return load.probe()
}

/** A row that comes now is folded behind all that came while it stood still. */
async function caughtUpAfter(ms: number, role: Supervised, load: ResumeLoad): Promise<number> {
  signalTo(role, 'SIGSTOP')
  await delay(ms)
  signalTo(role, 'SIGCONT')
  return (await load.probe()) / 1000
}

function signalTo(role: Supervised, signal: NodeJS.Signals): void {
  const pid = role.pid()
  if (pid === undefined) throw new Error('the processor has no process')
  process.kill(pid, signal)
}

function figuresOf(delays: readonly number[], rate: number, resident: number | undefined): Figure[] {
  const sorted = delays.toSorted((left, right) => left - right)
  const most = sorted.at(-1) ?? Number.NaN
  const remark = `${ENTERPRISES} enterprises, ${KILLS} kills -9 at ${rate} rows/s, from the kill until a row that was written after it is on the present; ${Math.round(resident ?? Number.NaN)} MiB resident`
  const bar = { text: `${BAR_MS} ms`, meets: most <= BAR_MS }
  return [
    figureOf({ figure: 'resume.p50', value: quantile(sorted, 0.5), unit: 'ms', remark }),
    figureOf({ figure: 'resume.p99', value: most, unit: 'ms', bar, remark: `the longest of them: ${remark}` }),
  ]
}

/** What came while it stood still and while it caught up, by the time that it took to catch up. */
function catchUpFigure(seconds: number, rate: number): Figure {
  const factor = (STILL_MS / 1000 + seconds) / seconds
  return figureOf({
    figure: 'resume.catch-up',
    value: factor,
    unit: '× real time',
    bar: { text: `${CATCH_UP_BAR} times real time`, meets: factor >= CATCH_UP_BAR },
    remark: `the role stood still for ${STILL_MS / 1000} s at ${rate} rows/s, and had caught up after ${seconds.toFixed(1)} s`,
  })
}
