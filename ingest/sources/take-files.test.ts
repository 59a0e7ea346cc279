import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFolderSource } from '../../adapters/files/folder-source.ts'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { archive } from '../../test/support/archive.ts'
import {
  COMPLAINTS,
  compiled,
  fixedClock,
  readLog,
  readRejects,
  testSealer,
} from '../../test/support/ingest-fixture.ts'
import type { Counts } from '../counts.ts'
import type { RealmIntake } from '../intake-port.ts'
import { openRealmIntake } from '../realm-intake.ts'
import type { Commit, RecordIndex } from '../record-index.ts'
import type { FileSource } from './file-source.ts'
import { takeFiles } from './take-files.ts'

const HEADER = 'number,licence,opened,closed,text'
const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `n${from + i},${i % 60},2026-01-01,,noise at ${i}`)
const table = (count: number, from = 0) => [HEADER, ...rows(count, from), ''].join('\n')

let folder: string
let log: EventLog
let index: RecordIndex
let intake: RealmIntake
let now: number
let told: { file: string; counts: Counts; failed: string | undefined }[]

/** A process: it knows what the index and the folder know, and nothing else. `around` decides what becomes of a commit. */
async function processOf(around?: (number: number, go: () => Promise<void>) => Promise<void>) {
  let commits = 0
  const commit = (what: Commit) => {
    const go = () => index.commit(what)
    return around === undefined ? go() : around(++commits, go)
  }
  intake = await openRealmIntake({
    realm: 'city',
    feeds: ['complaints'],
    live: undefined,
    index: { ...index, commit },
    log,
    heldBound: 1e9,
    clock: fixedClock,
    sealer: testSealer(),
  })
  const source = createFolderSource({ folder, clock: { now: () => now } })
  return { source, look: (over: { source?: FileSource; key?: FeedPolicy['key'] } = {}) => look({ source, ...over }) }
}

async function look({ source, key = COMPLAINTS.key }: { source: FileSource; key?: FeedPolicy['key'] }) {
  const feed = compiled({ ...COMPLAINTS, key })
  const sourced = { realm: 'city', feed, source, place: 'drop', intake, index, clock: fixedClock, bulk: false }
  // A folder is looked at twice before a file in it is taken.
  for (let looks = 0, more = true; more || looks < 2; looks++, now += 5_000) {
    more = await takeFiles({
      ...sourced,
      ready: async () => undefined,
      turn: (work) => work(),
      signal: new AbortController().signal,
      onTaken: ({ name }, counts, failed) => told.push({ file: name, counts, failed }),
    })
  }
}

const there = async (name: string) => (await readdir(join(folder, name)).catch(() => [])).sort()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fengsui-drop-'))
  log = createMemoryEventLog()
  index = createMemoryRecordIndex(log)
  now = Date.now()
  told = []
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('files that are dropped into a folder', () => {
  it('are taken whatever they are packed in, and put away', async () => {
    await writeFile(join(folder, 'a.csv'), table(3))
    await writeFile(join(folder, 'b.csv.gz'), gzipSync(table(2, 10)))
    await writeFile(join(folder, 'c.zip'), archive([{ name: 'x/c.csv', content: table(2, 20) }]))
    await writeFile(join(folder, 'd.csv.part'), table(9, 30))
    const { look } = await processOf()
    await look()
    expect(told.map(({ file, counts }) => [file, counts.observations])).toEqual([
      ['a.csv', 3],
      ['b.csv.gz', 2],
      ['c.zip', 2],
    ])
    expect(await there('.')).toEqual(['d.csv.part', 'done'])
    expect(await there('done')).toEqual(['a.csv', 'b.csv.gz', 'c.zip'])
    expect(new Set((await readLog(log)).observations.map(({ source }) => source))).toEqual(
      new Set(['a.csv', 'b.csv', 'c.zip/x/c.csv']),
    )
    expect(Object.keys(await index.notes('city')).filter((name) => name.includes('/taken/'))).toHaveLength(3)
    await look()
    expect(Object.keys(await index.notes('city')).filter((name) => name.includes('/taken/'))).toEqual([])
  })

  it('that are still written to are left alone', async () => {
    const path = join(folder, 'a.csv')
    await writeFile(path, table(1))
    const { source } = await processOf()
    await source.find(undefined)
    now += 5_000
    await writeFile(path, table(2))
    expect((await source.find(undefined)).files).toEqual([])
    now += 5_000
    expect((await source.find(undefined)).files).toHaveLength(1)
  })

  it.each([
    ['unpacks-too-far', 'bomb.csv.gz', gzipSync(Buffer.alloc(8 << 20, 0x20))],
    ['unreadable-archive', 'torn.zip', archive([{ name: 'a.csv', content: table(5) }]).subarray(0, 120)],
    ['wrong-content', 'not-a-workbook.xlsx', Buffer.from(table(2))],
    ['wrong-header', 'other.csv', Buffer.from('a,b\n1,2\n')],
  ])('that cannot be read are set aside with the reason, and are rejects: %s, %s', async (reason, name, content) => {
    await writeFile(join(folder, name), content)
    const { look } = await processOf()
    await look()
    expect(await there('failed')).toEqual([name, `${name}.why.txt`])
    expect(await readFile(join(folder, 'failed', `${name}.why.txt`), 'utf8')).toContain(reason)
    expect((await readRejects(log))[0]).toMatchObject({ source: name, reason })
    expect((await readLog(log)).observations).toEqual([])
  })

  it('a file of the same name later is another file, and both are kept', async () => {
    const { look } = await processOf()
    await writeFile(join(folder, 'a.csv'), table(1))
    await look()
    await writeFile(join(folder, 'a.csv'), table(2))
    await look()
    expect(told.map(({ counts }) => [counts.observations, counts.duplicates])).toEqual([
      [1, 0],
      [1, 1],
    ])
    expect(await there('done')).toHaveLength(2)
  })
})

describe('a process that is killed over a file', () => {
  const LINES = 2_000
  /** Long rows, equal but for their number: the file is read in several parts. */
  const content = table(LINES).replaceAll(/at \d+/g, 'again '.repeat(90))

  it.each([
    ['with a key', ['number']],
    ['without a key', []],
  ])('leaves the log of an unbroken run when another takes it up: rows %s', async (_, key) => {
    await writeFile(join(folder, 'a.csv'), content)
    await (await processOf()).look({ key })
    const unbroken = (await readLog(log)).observations.map((each) => JSON.stringify(each)).sort()
    expect(unbroken).toHaveLength(LINES)
    for (const at of [1, 2, 4]) {
      for (const committed of [false, true]) {
        log = createMemoryEventLog()
        index = createMemoryRecordIndex(log)
        await writeFile(join(folder, 'a.csv'), content)
        const dying = await processOf(async (number, go) => {
          if (number < at || (committed && number === at)) await go()
          if (number >= at) throw new Error('killed')
        })
        await expect(dying.look({ key })).rejects.toThrow('killed')
        await intake.settled()
        told = []
        await (await processOf()).look({ key })
        expect((await readLog(log)).observations.map((each) => JSON.stringify(each)).sort()).toEqual(unbroken)
        // Rows with a key that are known to be durable are not even looked at again.
        if (key.length > 0 && at === 4) expect(told[0]?.counts.lines).toBeLessThan(LINES)
      }
    }
  })

  it('after the last commit and before the file was put away does not take it again', async () => {
    await writeFile(join(folder, 'a.csv'), table(10))
    const { source, look } = await processOf()
    const dying = { ...source, putAway: () => Promise.reject(new Error('killed')) }
    await expect(look({ source: dying })).rejects.toThrow('killed')
    told = []
    await (await processOf()).look()
    expect(told).toEqual([])
    expect(await there('done')).toEqual(['a.csv'])
    expect((await readLog(log)).observations).toHaveLength(10)
  })
})
