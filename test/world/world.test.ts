import { describe, expect, it } from 'vitest'
import { openDemoCity } from './demo-city.ts'
import { runWorld, type WorldOptions } from './run-world.ts'

/** FENGSUI_WORLD_RUNS=10000 is the long test; FENGSUI_WORLD_SEED=17 plays that world alone. */
const RUNS = Number(process.env.FENGSUI_WORLD_RUNS ?? 200)
const ONLY = process.env.FENGSUI_WORLD_SEED
const some = (count: number): readonly number[] =>
  ONLY === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(ONLY)]
const DEMO_CITY = openDemoCity()
/** For one world, on a machine that has much else to do. */
const PATIENCE_MS = 5_000

interface Worlds extends Omit<WorldOptions, 'seed'> {
  readonly name: string
  readonly seeds: readonly number[]
}

const WORLDS: readonly Worlds[] = [
  { name: 'to which nothing happens', faults: false, seeds: some(10) },
  { name: 'in which everything fails that can', faults: true, seeds: some(RUNS) },
  // Twenty times as much happens in it.
  {
    name: 'with the rules of the demonstration city',
    faults: true,
    town: DEMO_CITY,
    seeds: some(Math.ceil(RUNS / 60)),
  },
]

describe('a world', () => {
  for (const { name, seeds, ...options } of WORLDS) {
    it(`${name} is as the records of its senders demand it`, { timeout: seeds.length * PATIENCE_MS }, async () => {
      for (const seed of seeds) {
        const { differences, trace } = await runWorld({ ...options, seed })
        if (differences.length > 0) expect.fail(told(seed, differences, trace))
      }
    })
  }
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
