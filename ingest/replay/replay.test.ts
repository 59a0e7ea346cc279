import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createReplayFiles } from '../../adapters/files/replay-files.ts'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import { Refusal } from '../../core/errors.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { Observation } from '../../core/observation.ts'
import { readObservations } from '../../core/observation-line.ts'
import { DAY_MS } from '../../core/time.ts'
import {
  COMPLAINTS,
  compiled,
  NOW,
  PERMITS,
  readLog,
  readRejects,
  testSealer,
} from '../../test/support/ingest-fixture.ts'
import type { RecordIndex } from '../record-index.ts'
import type { ReplayFeed } from './job.ts'
import { type ReplayHost, type ReplayProgress, type ReplayRequest, replay } from './replay.ts'

const FILED = compiled({ ...COMPLAINTS, feed: 'filed' })
const HEADER = 'number,licence,opened,closed,text'

let folder: string
let log: EventLog
let index: RecordIndex
let now: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fengsui-replay-'))
  log = createMemoryEventLog()
  index = createMemoryRecordIndex(log)
  now = NOW
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function host(over: Partial<ReplayHost> = {}): ReplayHost {
  const files = createReplayFiles(join(folder, 'plans'))
  const wait = async (ms: number) => {
    now += ms
  }
  return { index, log, heldBound: 1e9, files, clock: { now: () => now }, sealer: testSealer(), wait, ...over }
}

function request(feeds: readonly ReplayFeed[], over: Partial<ReplayRequest> = {}): ReplayRequest {
  const signal = new AbortController().signal
  return { realm: 'city', zoneOffsetMinutes: 480, feeds, speed: 'full', signal, ...over }
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const day = (i: number) => new Date(Date.UTC(2024, 0, 1) + i * DAY_MS).toISOString().slice(0, 10)

/** Complaints out of the order of time; every third is closed later, some come again, changed or not, some are broken. */
function complaintLines(count: number, prefix = 'n'): string[] {
  return Array.from({ length: count }, (_, i) => {
    const opened = (i * 7919) % 400
    const closed = i % 3 === 0 ? day(opened + (i % 50)) : ''
    if (i % 97 === 5) return `${prefix}${i},,${day(opened)},,no subject`
    if (i % 41 === 3) return `${prefix}${i - 1},${(i - 1) % 50},${day(opened)},,again`
    return `${prefix}${i},${i % 50},${day(opened)},${closed},"noise, at ${i % 24} h"`
  })
}

const lineOf = ({ received: _received, source: _source, line: _line, ...rest }: Observation) => JSON.stringify(rest)

describe('a replay of files', () => {
  it('merges the feeds by the time at which each record became known, and says how far time has come', async () => {
    const one = await file('a.csv', [HEADER, ...complaintLines(4_000)].join('\n'))
    const two = await file('b.csv', [HEADER, ...complaintLines(3_000, 'm')].join('\n'))
    await replay(
      host(),
      request([
        { feed: compiled(COMPLAINTS), files: [one] },
        { feed: FILED, files: [two] },
      ]),
    )

    const { batches } = await readLog(log)
    const untilOfShard = new Map<number, number>()
    let last = 0
    for (const { shard, bytes, progress } of batches) {
      const until = untilOfShard.get(shard) ?? 0
      for (const { known } of readObservations(bytes)) {
        expect(known).toBeGreaterThan(until)
        last = Math.max(last, known)
      }
      for (const said of progress) untilOfShard.set(shard, Math.max(untilOfShard.get(shard) ?? 0, said.until))
    }
    const end = { until: last + DAY_MS, closed: true }
    const { progress } = await readLog(log)
    for (const said of progress.values()) {
      expect(said.slice(-2)).toEqual([
        { feed: 'complaints', ...end },
        { feed: 'filed', ...end },
      ])
      expect(said.length).toBeGreaterThan(4)
    }
  })

  it('accounts for every row, brings nothing when it is asked for again, and leaves nothing behind', async () => {
    const lines = [...complaintLines(5_000), ...complaintLines(200), 'n0,0']
    const path = await file('a.csv', [HEADER, ...lines].join('\n'))
    const feeds = [{ feed: compiled(COMPLAINTS), files: [path] }]
    const [first] = await replay(host(), request(feeds))
    expect(first).toMatchObject({ feed: 'complaints', lines: lines.length })
    expect(first?.duplicates).toBeGreaterThan(190)
    expect(first?.versions).toBeGreaterThan(100)
    const before = await readLog(log)
    const rejects = (await readRejects(log)).map(({ id }) => id)
    expect(rejects).toHaveLength(first?.rejects ?? 0)

    const [second] = await replay(host(), request(feeds))
    const { rejects: rejected = 0, lines: read = 0 } = first ?? {}
    expect(second).toMatchObject({ observations: 0, versions: 0, duplicates: read - rejected, rejects: rejected })
    expect((await readLog(log)).observations).toEqual(before.observations)
    expect(new Set((await readRejects(log)).map(({ id }) => id))).toEqual(new Set(rejects))
    expect(await readdir(join(folder, 'plans'))).toEqual([])
    expect(Object.keys(await index.notes('city'))).toEqual(['progress/complaints'])
  })

  it('goes on where it was aborted: the log is that of an unbroken run', async () => {
    const path = await file('a.csv', [HEADER, ...complaintLines(9_000)].join('\n'))
    const feeds = [{ feed: compiled(COMPLAINTS), files: [path] }]
    const [whole] = await replay(host(), request(feeds))
    const unbroken = await readLog(log)

    log = createMemoryEventLog()
    index = createMemoryRecordIndex(log)
    const phases: ReplayProgress['phase'][] = []
    for (let stop = 1; ; stop++) {
      const controller = new AbortController()
      let appended = 0
      const onProgress = ({ phase }: ReplayProgress) => {
        phases.push(phase)
        if (phase === 'appending' && ++appended === 1 && stop < 4)
          controller.abort(new Refusal({ zh: 'stopped', en: 'stopped' }))
      }
      now += 1_000
      const run = replay(host(), request(feeds, { signal: controller.signal, onProgress }))
      if (stop < 4) {
        await expect(run).rejects.toThrow('stopped')
        continue
      }
      expect(await run).toMatchObject([{ ...whole, seconds: expect.any(Number) }])
      break
    }
    const resumed = await readLog(log)
    // The received time is the first run's, so that a resumed run gives the same rows.
    expect(new Set(resumed.observations.map(({ received }) => received))).toEqual(new Set([NOW + 1_000]))
    expect(resumed.observations.map(lineOf).sort()).toEqual(unbroken.observations.map(lineOf).sort())
    expect(phases.lastIndexOf('reading')).toBeLessThan(phases.indexOf('appending'))
  })

  it('reads every format to the same observations', async () => {
    const records = complaintLines(300)
      .filter((line) => !line.includes('again') && !line.includes('no subject'))
      .map((line, i) => {
        const [number = '', licence = '', opened = '', closed = ''] = line.split(',')
        return { number, licence, opened, closed, text: `第 ${i} 行 "quoted"` }
      })
    const csv = records.map((each) =>
      Object.values(each)
        .map((value) => `"${value.replaceAll('"', '""')}"`)
        .join(','),
    )
    const paths = [
      await file('a.csv', `\uFEFF${[HEADER, ...csv].join('\r\n')}\r\n`),
      await file('a.ndjson', records.map((each) => JSON.stringify(each)).join('\n')),
      await file('a.json', JSON.stringify(records, undefined, 2)),
    ]
    const contents: string[][] = []
    for (const path of paths) {
      log = createMemoryEventLog()
      index = createMemoryRecordIndex(log)
      await replay(host(), request([{ feed: compiled(COMPLAINTS), files: [path] }]))
      contents.push((await readLog(log)).observations.map(lineOf).sort())
    }
    expect(contents[0]?.length).toBeGreaterThan(280)
    expect(contents[1]).toEqual(contents[0])
    expect(contents[2]).toEqual(contents[0])
  })

  it('tells equal rows without a key apart, also when it reads them a second time', async () => {
    const keyless = compiled({ ...COMPLAINTS, key: [] })
    const path = await file(
      'a.csv',
      [HEADER, ...Array.from({ length: 10 }, () => 'n,7,2024-01-01,2024-03-01,x')].join('\n'),
    )
    const [summary] = await replay(host(), request([{ feed: keyless, files: [path] }]))
    expect(summary).toMatchObject({ observations: 10 })
    const { observations } = await readLog(log)
    expect(new Set(observations.map(({ id }) => id)).size).toBe(20)
    expect(
      observations
        .filter(({ part }) => part === 'closed')
        .map(({ line }) => line)
        .sort((a, b) => a - b),
    ).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  it('waits while the log is over half full, and for the clock at a measured pace', async () => {
    const path = await file('a.csv', [HEADER, 'a,7,2024-01-01,,x', 'b,7,2024-01-03,,x', 'c,7,2024-01-05,,x'].join('\n'))
    const feeds = [{ feed: compiled(COMPLAINTS), files: [path] }]
    let held = 3
    const fullLog = { heldBytes: async () => (held-- > 0 ? 2e9 : 0) }
    const phases: string[] = []
    const onProgress = ({ phase }: ReplayProgress) => phases.push(phase)
    await replay(host({ log: fullLog }), request(feeds, { speed: DAY_MS / 10_000, onProgress }))
    expect(phases.filter((phase) => phase === 'waiting')).toHaveLength(3)
    expect(phases.filter((phase) => phase === 'appending')).toHaveLength(3)
    expect(now - NOW).toBeGreaterThanOrEqual(40_000)
    const { batches, progress } = await readLog(log)
    expect(batches.every(({ bulk }) => !bulk)).toBe(true)
    expect(progress.get(0)?.length).toBeGreaterThan(20)
  })

  it('makes a plan that was not written whole anew', async () => {
    const path = await file('a.csv', [HEADER, ...complaintLines(50)].join('\n'))
    const feeds = [{ feed: compiled(COMPLAINTS), files: [path] }]
    const broken = createReplayFiles(join(folder, 'plans'))
    const files = { ...broken, readPlan: async () => Buffer.from('{"format":1,"rows":99999,"items":1}\nxx') }
    expect(await replay(host({ files }), request(feeds))).toMatchObject([{ lines: 50 }])
  })

  it('says which file is missing, and appends nothing', async () => {
    const good = await file('a.csv', [HEADER, ...complaintLines(5)].join('\n'))
    const feeds = [{ feed: compiled(PERMITS), files: [good, join(folder, 'nowhere.csv')] }]
    await expect(replay(host(), request(feeds))).rejects.toThrow(/nowhere\.csv/)
    expect((await readLog(log)).batches).toEqual([])
  })

  it('reads records of XML in GB 18030 where they lie, as it reads the same records of a table', async () => {
    const rows = complaintLines(500).map((line) => line.replaceAll('"', '').split(',', 5))
    const names = HEADER.split(',')
    const gb18030 = (text: string) => Buffer.from(text.replaceAll('噪', '\u00d4\u00eb'), 'latin1')
    const elements = rows.map(
      (row) => `<fields>${names.map((name, i) => `<${name}>${row[i]}噪</${name}>`).join('')}</fields>`,
    )
    const xml = await file('a.xml', gb18030(`<m><h/>${elements.join('\n').replaceAll(/噪(?!<\/text)/g, '')}</m>`))
    const csv = await file('b.csv', [HEADER, ...rows.map((row) => `${row.join(',')}噪`)].join('\n'))
    const observed: string[][] = []
    for (const [path, feed] of [
      [xml, compiled({ ...COMPLAINTS, format: 'xml', encoding: 'auto' })],
      [csv, compiled(COMPLAINTS)],
    ] as const) {
      log = createMemoryEventLog()
      index = createMemoryRecordIndex(log)
      await replay(host(), request([{ feed, files: [path] }]))
      observed.push((await readLog(log)).observations.map(lineOf))
    }
    expect(observed[0]).toHaveLength(observed[1]?.length ?? 0)
    expect(observed[0]).toEqual(observed[1])
    expect(observed[0]?.[0]).toContain('噪')
  })
})
