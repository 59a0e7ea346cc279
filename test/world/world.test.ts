import { describe, expect, it } from 'vitest'
import { runWorld } from './run-world.ts'

/** FENGSUI_WORLD_RUNS=10000 is the long test; FENGSUI_WORLD_SEED=17 runs that world alone. */
const RUNS = Number(process.env.FENGSUI_WORLD_RUNS ?? 200)
const ONLY = process.env.FENGSUI_WORLD_SEED
const SEEDS = ONLY === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(ONLY)]
const QUIET_SEEDS = SEEDS.slice(0, 10)
/** For one world: two hundred take some fifteen seconds of one core. */
const PATIENCE_MS = 2_000

describe('a world', () => {
  it.each([
    { name: 'to which nothing happens', faults: false, seeds: QUIET_SEEDS },
    { name: 'in which everything fails that can', faults: true, seeds: SEEDS },
  ])(
    '$name is as the senders’ records demand it',
    async ({ faults, seeds }) => {
      for (const seed of seeds) {
        const { differences, trace } = await runWorld({ seed, faults })
        if (differences.length > 0) expect.fail(told(seed, differences, trace))
      }
    },
    30_000 + SEEDS.length * PATIENCE_MS,
  )
})

const SHOWN = 12

function told(seed: number, differences: readonly string[], trace: readonly string[]): string {
  const more = differences.length > SHOWN ? [`and ${differences.length - SHOWN} more`] : []
  return [
    `world ${seed} (again: FENGSUI_WORLD_SEED=${seed})`,
    ...differences.slice(0, SHOWN),
    ...more,
    'what happened to it, in ms since it began:',
    ...trace,
  ].join('\n')
}
