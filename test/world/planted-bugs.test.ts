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

it('the oracle itself finds cells that are not restated, and scores that go by them', async () => {
  const found = new Set<string>()
  for (let seed = 1; seed <= MOST_SEEDS && found.size < 2; seed++) {
    const { differences } = await runWorld({ seed, faults: false, bug: 'cells that are not restated' })
    for (const line of differences)
      if (/^(cells|change points):/.test(line)) found.add(line.slice(0, line.indexOf(':')))
  }
  expect([...found].sort()).toEqual(['cells', 'change points'])
})
