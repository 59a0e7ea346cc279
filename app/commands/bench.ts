import { loadavg } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../adapters/system-clock.ts'
import type { Outcome } from '../../bench/figure.ts'
import { toLine, writeReport } from '../../bench/report.ts'
import { runBench } from '../../bench/run.ts'
import { packageRoot } from '../package-root.ts'

export interface BenchCommand {
  readonly json: boolean
  readonly only: string | undefined
  readonly seconds: number
  /** Rows a second at which latency is measured. */
  readonly rate: number
  readonly signal: AbortSignal
  readonly print: (line: string) => void
  readonly announce: (text: string) => void
}

/** Takes the figures, prints each as soon as it is there, and writes all of them down beside the benchmarks. */
export async function runBenchCommand(policies: string, command: BenchCommand): Promise<void> {
  const { json, only, seconds, rate, signal, announce } = command
  const outcomes: Outcome[] = []
  const load = loadavg()[0] ?? 0
  const found = (outcome: Outcome) => {
    outcomes.push(outcome)
    command.print(json ? JSON.stringify(outcome) : toLine(outcome))
  }
  try {
    await runBench({ policies, seconds, rate, only, signal, announce, found })
  } finally {
    // One that fails takes nothing away from those before it.
    const words = [
      'fengsui bench',
      ...(only === undefined ? [] : ['--only', only]),
      '--seconds',
      String(seconds),
      '--rate',
      String(rate),
    ]
    const run = { taken: new Date(systemClock.now()).toISOString(), command: words.join(' '), load }
    writeReport(join(packageRoot(), 'bench'), outcomes, run)
  }
}
