import { expect, it } from 'vitest'
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts'
import { runWorld } from './run-world.ts'

const MOST_SEEDS = 100
const BUGS = Object.keys(PLANTED_BUGS) as PlantedBug[]

it.each(BUGS)('a world finds %s within a hundred seeds', async (bug) => {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    if ((await runWorld({ seed, faults: true, bug })).differences.length > 0) return
  }
  expect.fail(`${MOST_SEEDS} worlds did not notice: ${PLANTED_BUGS[bug]}`)
})
