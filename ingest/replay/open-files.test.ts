import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createReplayFiles } from '../../adapters/files/replay-files.ts'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { Observation } from '../../core/observation.ts'
import { archive, workbook } from '../../test/support/archive.ts'
import {
  COMPLAINTS,
  compiled,
  fixedClock,
  readLog,
  readRejects,
  testSealer,
} from '../../test/support/ingest-fixture.ts'
import type { RecordIndex } from '../record-index.ts'
import { tornFiles } from '../torn-files.ts'
import { type ReplaySummary, replay } from './replay.ts'

const HEADER = 'number,licence,opened,closed,text'

let folder: string
let log: EventLog
let index: RecordIndex
let replayed: (...files: readonly string[]) => Promise<ReplaySummary | undefined>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fengsui-replay-'))
  begin()
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function begin(): void {
  log = createMemoryEventLog()
  index = createMemoryRecordIndex(log)
  replayed = async (...files) => {
    const [summary] = await replay(
      {
        index,
        log,
        heldBound: 1e9,
        files: createReplayFiles(join(folder, 'plans')),
        clock: fixedClock,
        sealer: testSealer(),
        wait: async () => undefined,
      },
      {
        realm: 'city',
        zoneOffsetMinutes: 480,
        feeds: [{ feed: compiled(COMPLAINTS), files }],
        speed: 'full',
        signal: new AbortController().signal,
      },
    )
    return summary
  }
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** Some come again changed, some are broken. */
const ROWS = Array.from({ length: 700 }, (_, i) => [
  `n${i % 41 === 3 ? i - 1 : i}`,
  i % 97 === 5 ? '' : String(i % 50),
  `2024-0${1 + (i % 9)}-${11 + (i % 17)}`,
  i % 3 === 0 ? '2024-12-01' : '',
  `noise ${i % 24}`,
])

const cells = (row: readonly string[]) =>
  `<row>${row.map((value) => `<c t="inlineStr"><is><t>${value}</t></is></c>`).join('')}</row>`
const element = (row: readonly string[]) =>
  `<fields>${HEADER.split(',')
    .map((name, i) => `<${name}>${row[i]}</${name}>`)
    .join('')}</fields>`
const table = (rows: readonly (readonly string[])[]) => [HEADER, ...rows.map((row) => row.join(','))].join('\n')

const CSV = table(ROWS)
const XML = `<m>${ROWS.map(element).join('\n')}</m>`
const BOOK = workbook(cells(HEADER.split(',')) + ROWS.map(cells).join(''))

const lineOf = ({ received: _received, source: _source, line: _line, ...rest }: Observation) => JSON.stringify(rest)

async function taken(path: string) {
  begin()
  const first = await replayed(path)
  const { observations } = await readLog(log)
  const again = await replayed(path)
  expect(again).toMatchObject({ lines: 700, observations: 0, versions: 0, rejects: first?.rejects })
  expect((await readLog(log)).observations).toHaveLength(observations.length)
  const sources = [...new Set(observations.map(({ source }) => source))].sort()
  return { summary: first, lines: observations.map(lineOf), sources }
}

describe('a replay of what is packed', () => {
  it.each([
    ['gzip', 'b.csv.gz', () => gzipSync(CSV), ['b.csv']],
    ['gzip of XML', 'b.xml.gz', () => gzipSync(XML), ['b.xml']],
    ['a workbook', 'b.xlsx', () => BOOK, ['b.xlsx']],
    [
      'an archive of a table and of the rest as another',
      'b.zip',
      () =>
        archive([ROWS.slice(0, 300), ROWS.slice(300)].map((rows, i) => ({ name: `${i}.csv`, content: table(rows) }))),
      ['b.zip/0.csv', 'b.zip/1.csv'],
    ],
    ['an archive with a workbook', 'b.zip', () => archive([{ name: 'w.xlsx', content: BOOK }]), ['b.zip/w.xlsx']],
  ])('%s: reads the rows in it as those of the plain table, and finds them again', async (_, name, packed, sources) => {
    const plain = await taken(await file('a.csv', CSV))
    const result = await taken(await file(name, packed()))
    expect(plain.summary?.versions).toBeGreaterThan(10)
    expect(result).toEqual({ ...plain, sources })
    expect(await readdir(join(folder, 'plans'))).toEqual([])
  })

  it.each([
    ['unpacks-too-far', 'b.csv.gz', gzipSync(Buffer.alloc(32 << 20, 0x20)), gzipSync(CSV)],
    ['unreadable-archive', 'b.csv.gz', gzipSync(CSV).subarray(0, 100), gzipSync(CSV)],
    [
      'unreadable-archive',
      'b.zip',
      archive([
        { name: 'x.csv', content: CSV },
        { name: 'y.csv', content: CSV, declaredSum: 1 },
      ]),
      archive([{ name: 'x.csv', content: CSV }]),
    ],
  ])(
    '%s: goes on with the next file, keeps a reject, and takes the file when it was replaced',
    async (reason, name, torn, sound) => {
      const first = await file('a.csv', [HEADER, 'first,7,2024-01-01,,x'].join('\n'))
      const next = await file('c.csv', [HEADER, 'next,7,2024-01-02,,x'].join('\n'))
      const path = await file(name, torn)
      expect(await replayed(first, path, next)).toMatchObject({ lines: 3, observations: 2, rejects: 1 })
      const [reject, ...others] = await readRejects(log)
      expect(others).toEqual([])
      expect(reject).toMatchObject({ reason, source: name, line: 1 })
      const kept = testSealer().open(reject?.id ?? '', reject?.sealed ?? '')
      expect(Buffer.compare(kept, torn.subarray(0, 64 * 1024))).toBe(0)
      const remembered = { feed: 'complaints', name, rejects: [reject?.id] }
      expect(tornFiles(await index.notes('city'))).toMatchObject([{ ...remembered, whole: false }])

      await file(name, sound)
      expect(await replayed(first, path, next)).toMatchObject({ lines: 702, duplicates: expect.any(Number) })
      expect((await readLog(log)).observations.length).toBeGreaterThan(600)
      expect((await readRejects(log)).filter((each) => each.source === name)).toHaveLength(1)
      expect(tornFiles(await index.notes('city'))).toMatchObject([{ ...remembered, whole: true }])
    },
  )

  it('keeps as a reject what is wrong within a workbook, as the other ways in do', async () => {
    const path = await file('a.xlsx', workbook(cells(['number', 'opened']) + cells(['n1', '2024-01-01'])))
    expect(await replayed(path)).toMatchObject({ observations: 0, lines: 1, rejects: 1 })
    expect(await readRejects(log)).toMatchObject([{ reason: 'wrong-header', format: 'csv', encoding: 'utf-8' }])
  })
})
