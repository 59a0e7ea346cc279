import { startOfDay } from './calendar.ts'
import { FEED_NAMES } from './feeds/feed.ts'
import { bodyOf } from './headers.ts'
import { monitorFrames } from './monitor-frames.ts'
import { byFeed, history } from './timeline.ts'
import { createWorld } from './world.ts'

const SEED = 1_129
const ENTERPRISES = 300
/** 2026-01-05 (Monday) and the weeks after. */
const FIRST_DAY = 20_458
const DAYS = 120
const ROWS = 20

/** A small file of every feed: name → bytes as text. The same on every machine, so that a test can hold them to it. */
export function exampleFiles(): Readonly<Record<string, string>> {
  const world = createWorld({ seed: SEED, enterprises: ENTERPRISES, firstDay: FIRST_DAY })
  const lines = byFeed((): string[] => [])
  for (const { rows } of history(world, { from: FIRST_DAY, to: FIRST_DAY + DAYS, hourlyFrom: FIRST_DAY + DAYS })) {
    for (const feed of FEED_NAMES) {
      const room = ROWS - lines[feed].length
      // The registry's first day is its whole stock; a few of it and what came later show more.
      for (const { line } of rows[feed].slice(0, Math.min(room, feed === 'registry' ? 6 : ROWS))) lines[feed].push(line)
    }
  }
  const files = FEED_NAMES.map((feed) => {
    const { ending, text } = bodyOf(feed, lines[feed])
    return [`${feed}.${ending}`, text]
  })
  const frames = monitorFrames(world, startOfDay(FIRST_DAY), ROWS)
  return Object.fromEntries([...files, ['pollution-monitors.hj212', frames]])
}
