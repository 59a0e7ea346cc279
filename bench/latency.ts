import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../adapters/system-clock.ts'
import { processed } from '../app/caught-up.ts'
import type { Role } from '../app/config.ts'
import { createSender } from '../simulation/send.ts'
import type { BenchContext } from './bench.ts'
import { type Figure, figureOf, quantile } from './figure.ts'
import { playLatencyLoad, prepareLatencyLoad, sendStock } from './latency-load.ts'
import { createWatch, type Delay } from './latency-watch.ts'
import { freshParts } from './parts.ts'
import { startRoles } from './roles.ts'

/** What a city asks for at the rate of which the bars speak. */
const BARS: Readonly<Record<string, number>> = { 'event-to-risk.p99': 250, 'event-to-board.p99': 1_000 }
const BAR_RATE = 10_000
const LOOK_MS = 100
/**
 * As `fengsui start` groups them, but without the inspections: the draw of a month, which a city of a hundred thousand
 * waits some seconds for, would fall into the seconds that are measured, or before them.
 */
const PROCESSES: readonly (readonly [Role, ...Role[]])[] = [['process'], ['ingest'], ['board', 'alert']]

/**
 * How long a row takes from the beginning of its request to the log, to the present and to the page of a watcher, at a
 * fixed rate through the front door. The simulated city supplies the rows.
 */
export async function measureLatency(context: BenchContext): Promise<readonly Figure[]> {
  const { rate, seconds } = context
  context.announce(`latency: preparing ${seconds} s at ${rate} rows/s`)
  const load = prepareLatencyLoad(join(mkdtempSync(join(context.folder, 'latency-')), 'hours'), rate, seconds)
  context.announce('latency')
  const parts = await freshParts(context)
  try {
    const { roles, death } = await startRoles(context, parts, PROCESSES)
    const { ingest = '', board = '' }: Record<string, string> = Object.assign({}, ...roles.map(({ ready }) => ready))
    const keys: Record<string, string> = JSON.parse(
      readFileSync(join(parts.config.dataFolder, 'keys/feeds.json'), 'utf8'),
    )
    const signal = AbortSignal.any([context.signal, death])
    const clock = { now: systemClock.now, wait: (ms: number) => delay(ms, undefined, { signal }) }
    const sender = createSender({ url: ingest, realm: 'demo', keys, clock, signal, onWait: () => undefined })
    await sendStock(load, sender)
    await processed(parts.ports, 'demo', signal, LOOK_MS)
    const ended = new AbortController()
    const watch = createWatch()
    const watching = Promise.all([watch.risk(parts.ports.present, ended.signal), watch.board(board, ended.signal)])
    const kept = await Promise.race([watching.then(() => 0), playLatencyLoad(load, sender, watch, signal)])
    ended.abort()
    await watching
    const told = `${Math.round(kept)} of ${rate} rows/s through HTTP, from the beginning of the request`
    const { log, risk, board: wall } = watch.delays
    return [
      ...figuresOf('event-to-log', log, rate, `rows, until their request was answered; ${told}`),
      ...figuresOf('event-to-risk', risk, rate, `rows that changed a score; ${told}`),
      ...figuresOf(
        'event-to-board',
        wall,
        rate,
        `rows, until their hour is complete and sealed in every shard; ${told}`,
      ),
    ]
  } finally {
    await parts.stop()
  }
}

function figuresOf(name: string, delays: readonly Delay[], rate: number, words: string): Figure[] {
  const third = Math.floor(delays.length / 3)
  const inOrder = delays.toSorted((left, right) => left.sent - right.sent)
  return [0.5, 0.99].map((share) => {
    const [all = 0, first = 0, last = 0] = [inOrder, inOrder.slice(0, third), inOrder.slice(-third)].map((some) =>
      quantile(
        some.map(({ ms }) => ms).sort((left, right) => left - right),
        share,
      ),
    )
    const title = `${name}.p${share * 100}`
    const most = BARS[title]
    const isAsked = most !== undefined && rate >= BAR_RATE
    return figureOf({
      figure: `latency.${title}`,
      value: all,
      unit: 'ms',
      remark: `${delays.length} ${words}; in the first third of the time ${Math.round(first)} ms, in the last ${Math.round(last)} ms`,
      ...(isAsked ? { bar: { text: `${most} ms at ${BAR_RATE} rows/s`, meets: all <= most } } : {}),
    })
  })
}
