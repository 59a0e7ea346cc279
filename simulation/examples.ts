import { startOfDay } from './calendar.ts'
import { cameraFiles } from './camera-files.ts'
import { bindingFile } from './device-bindings.ts'
import { FEED_NAMES } from './feeds/feed.ts'
import { ACT_FILINGS } from './filings/acts.ts'
import { type Filing, fileOf } from './filings/filing.ts'
import { interviews } from './filings/interviews.ts'
import { LIST_FILINGS } from './filings/lists.ts'
import { REPORT_FILINGS } from './filings/reports.ts'
import { bodyOf } from './headers.ts'
import { monitorFrames } from './monitor-frames.ts'
import { placeBindingFile, placeEvents } from './public-places.ts'
import { byFeed, history } from './timeline.ts'
import { createWorld } from './world.ts'

const SEED = 1_129
const ENTERPRISES = 300
/** 2026-01-05 (Monday) and the weeks after. */
const FIRST_DAY = 20_458
const DAYS = 120
const ROWS = 20

const FILINGS: readonly Filing[] = [...ACT_FILINGS, ...LIST_FILINGS, ...REPORT_FILINGS, interviews]

/**
 * A small file of every feed: name → bytes as text. The same on every machine, so that a test can hold them to it. The
 * name begins with the feed's; what stands between two dots is another layout of the same feed.
 */
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
  const played = FEED_NAMES.map((feed): [string, string] => {
    const { ending, text } = bodyOf(feed, lines[feed])
    return [`${feed}.${ending}`, text]
  })
  const filed = FILINGS.map((filing): [string, string] => {
    const name = [filing.feed, filing.layout, filing.format].filter((part) => part !== undefined).join('.')
    return [name, fileOf(world, filing, { seed: SEED, day: FIRST_DAY, rows: ROWS })]
  })
  const frames = monitorFrames(world, startOfDay(FIRST_DAY), ROWS)
  const cameras = cameraFiles(world, startOfDay(FIRST_DAY), ROWS)
  const bindings = bindingFile(world, FIRST_DAY, ROWS)
  return Object.fromEntries([
    ...played,
    ...filed,
    ['device-bindings.csv', bindings],
    ['place-bindings.csv', placeBindingFile(world, FIRST_DAY, ROWS)],
    ['fire-video.ndjson', placeEvents(world, FIRST_DAY, ROWS)],
    ['pollution-monitors.hj212', frames],
    ...cameras,
  ])
}
