import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReplayFiles } from '../../adapters/files/replay-files.ts'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { DAY_MS, toLocalIso } from '../../core/time.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { type ReplaySummary, replay } from '../../ingest/replay/replay.ts'
import { fixedClock, readLog, readRejects, testSealer } from '../support/ingest-fixture.ts'

const FILE = join(import.meta.dirname, '../../../shared/data/chicago/inspections.csv')
const CHICAGO = { realm: 'chicago', clock: 'event', zoneOffsetMinutes: -360, placeGridMilliDegrees: 10 } as const
const inspected = { column: 'Inspection_Date', date: 'yyyy-MM-dd' }

const INSPECTIONS: FeedPolicy = {
  feed: 'inspections',
  name: { zh: '食品检查', en: 'Food inspections' },
  format: 'csv',
  authority: { constant: 'cdph' },
  trust: 'verified',
  lateAfterMinutes: 10_080,
  required: ['Inspection_ID', 'License', 'Inspection_Date', 'Results'],
  key: ['Inspection_ID'],
  subject: { kind: 'enterprise', scheme: 'chicago-licence', id: { column: 'License' } },
  observations: [
    { part: 'result', kind: 'inspection-result', known: inspected, facts: { result: { column: 'Results' } } },
    {
      part: 'critical',
      kind: 'inspection-result',
      when: [{ column: 'criticalCount', above: 0 }],
      known: inspected,
      value: { column: 'criticalCount' },
    },
  ],
}

describe.skipIf(!existsSync(FILE))('a city’s inspections of three years (needs ../shared/data/chicago)', () => {
  let folder: string
  let rows: number
  let world: ReturnType<typeof newWorld>
  let first: ReplaySummary | undefined

  function newWorld() {
    const log = createMemoryEventLog()
    return { log, index: createMemoryRecordIndex(log) }
  }

  async function bring({ log, index }: typeof world, stopAfter = Number.POSITIVE_INFINITY) {
    const feed = compileFeed(INSPECTIONS, CHICAGO, { personalKey: new Uint8Array(32), legacyCodes: new Set() })
    const controller = new AbortController()
    const files = createReplayFiles(join(folder, 'plans'))
    const wait = () => Promise.resolve()
    const [summary] = await replay(
      { index, log, heldBound: 1e9, files, clock: fixedClock, sealer: testSealer(), wait },
      {
        realm: 'chicago',
        zoneOffsetMinutes: CHICAGO.zoneOffsetMinutes,
        feeds: [{ feed, files: [FILE] }],
        speed: 'full',
        signal: controller.signal,
        onProgress: ({ phase, done }) => {
          if (phase === 'appending' && done >= stopAfter) controller.abort(new Error('stopped'))
        },
      },
    )
    return summary
  }

  const linesOf = async ({ log }: typeof world) =>
    (await readLog(log, 'chicago')).observations.map((each) => JSON.stringify(each)).sort()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fengsui-chicago-'))
    rows = (await readFile(FILE, 'utf8')).trimEnd().split('\n').length - 1
    world = newWorld()
    first = await bring(world)
  }, 60_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('are all accounted for, in the order of their days, until the end of the last', async () => {
    const { observations = 0, versions = 0, duplicates = 0, rejects = 0, lines = 0 } = first ?? {}
    expect(lines).toBe(rows)
    expect(observations + versions + duplicates + rejects).toBe(rows)
    expect(await readRejects(world.log, 'chicago')).toHaveLength(rejects)
    const { observations: kept, progress } = await readLog(world.log, 'chicago')
    expect(kept.filter(({ part, gone }) => part === 'result' && gone === 0)).toHaveLength(observations + versions)
    const last = kept.reduce((latest, { known }) => Math.max(latest, known), 0)
    expect(progress.get(0)?.at(-1)).toEqual({ feed: 'inspections', until: last + DAY_MS, closed: true })
    expect(toLocalIso(last, CHICAGO.zoneOffsetMinutes)).toMatch(/T00:00:00-06:00$/)
  })

  it('add nothing when they are replayed again', async () => {
    const before = await linesOf(world)
    expect(await bring(world)).toMatchObject({ observations: 0, versions: 0, duplicates: rows - (first?.rejects ?? 0) })
    expect(await linesOf(world)).toEqual(before)
  }, 60_000)

  it('come to the same log when the replay is stopped half-way and taken up again', async () => {
    const broken = newWorld()
    await expect(bring(broken, rows / 2)).rejects.toThrow('stopped')
    expect(await bring(broken)).toMatchObject({ ...first, seconds: expect.any(Number) })
    expect(await linesOf(broken)).toEqual(await linesOf(world))
  }, 60_000)
})
