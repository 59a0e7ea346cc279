import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFolderSource } from '../../adapters/files/folder-source.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { Rejected } from '../../core/errors.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { DAY_MS } from '../../core/time.ts'
import type { Counts } from '../../ingest/counts.ts'
import { fileAsReject } from '../../ingest/file-as-reject.ts'
import { endTorn } from '../../ingest/rejects/end-torn.ts'
import { markResolved } from '../../ingest/rejects/reject-rounds.ts'
import { createSealer } from '../../ingest/sealed-bytes.ts'
import { takeFiles } from '../../ingest/sources/take-files.ts'
import { createStewardDesk } from '../../ingest/steward-desk.ts'
import { tornFiles } from '../../ingest/torn-files.ts'
import { archive } from '../support/archive.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { NOW, readLog, readTopic } from '../support/ingest-fixture.ts'
import { openStewardCity, type StewardCity } from '../support/steward-city.ts'
import { A, FINE_HEADER, FINES } from '../support/steward-feeds.ts'
import { until } from '../support/until.ts'

let redis: TestRedis
let history: TestHistory
const opened: StewardCity[] = []
const folders: string[] = []

beforeAll(async () => {
  redis = await withRedis()
  history = await withHistory()
}, 60_000)

afterAll(async () => {
  await Promise.all(opened.map((city) => city.close()))
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  await history.stop()
  await redis.stop()
}, 60_000)

async function city(realm: string, feeds: readonly FeedPolicy[]): Promise<StewardCity> {
  const one = await openStewardCity({ redis, history, realm, feeds })
  opened.push(one)
  return one
}

describe('a file that could not be unpacked', () => {
  it('is ended by a steward with the table that it was meant to be', async () => {
    const one = await city('torn', [FINES])
    const torn = gzipSync('whatever').subarray(0, 12)
    const why = new Rejected('unreadable-archive', {
      zh: 'not a readable gzip: unexpected end of file',
      en: 'not a readable gzip: unexpected end of file',
    })
    await one.files('fines', [fileAsReject(torn, why)], 'fines.csv.gz')
    await one.rejectsAre(1)
    const [listed] = await one.desk.list({}, 10)
    expect(listed).toMatchObject({ reason: 'unreadable-archive', source: 'fines.csv.gz', line: 1 })
    const table = [FINE_HEADER, `${A},,,甲店,d1,2026-02-01,market,`, `${A},,,甲店,d2,2026-02-02,market,`].join('\n')
    const order = { id: listed?.id ?? '', by: 'li', mended: Buffer.from(table) }
    expect(await one.desk.replay(order)).toMatchObject({ outcome: 'replayed', counts: { lines: 2, observations: 2 } })
    expect(await one.desk.replay(order)).toMatchObject({ outcome: 'already-replayed', by: 'li' })
  })
})

describe('a torn file that is dropped again', () => {
  const fines = (...numbers: readonly string[]) =>
    [FINE_HEADER, ...numbers.map((number) => `${A},,,甲店,${number},2026-02-01,market,`), ''].join('\n')
  /** Of many rows, so that some of them can still be read in the half of it. */
  const many = (from: number) => fines(...Array.from({ length: 2_000 }, (_, i) => `d${from + i * 7919}`))
  const halfOf = (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)

  async function dropping(realm: string) {
    const one = await city(realm, [FINES])
    const folder = await mkdtemp(join(tmpdir(), 'fengsui-torn-'))
    folders.push(folder)
    const source = createFolderSource({ folder, clock: systemClock, settledMs: 0 })
    const feed = one.parts.feeds.get('fines')
    if (feed === undefined) throw new Error('there is no feed of fines')
    const { intake, index, clock } = one.parts
    const sourced = { realm, feed, source, place: 'drop', intake, index, clock, bulk: false }
    return {
      one,
      async drop(name: string, bytes: Uint8Array) {
        const taken: Counts[] = []
        await writeFile(join(folder, name), bytes)
        await source.find(undefined)
        await takeFiles({
          ...sourced,
          ready: async () => undefined,
          turn: (work) => work(),
          signal: new AbortController().signal,
          onTaken: (_, counts) => void taken.push(counts),
        })
        return taken[0]
      },
    }
  }

  it('and comes whole ends its reject by itself, listed as such, and nothing is replayed', async () => {
    const { one, drop } = await dropping('torn-whole')
    const whole = gzipSync(many(1))
    expect(await drop('fines.csv.gz', halfOf(whole))).toMatchObject({ lines: 1, rejects: 1 })
    await one.rejectsAre(1)
    expect(await endTorn(one.parts)).toBe(0)
    // Whether it was torn once or twice, and wherever.
    expect(await drop('fines.csv.gz', whole.subarray(0, 30))).toMatchObject({ lines: 1, rejects: 1 })
    expect(await drop('fines.csv.gz', whole)).toMatchObject({ lines: 2_000, observations: 2_000 })
    await one.rejectsAre(2)
    expect(await endTorn(one.parts)).toBe(2)
    await until('the ends to be listed', async () =>
      (await one.desk.list({ state: 'resolved' }, 10)).length === 2 ? true : undefined,
    )
    const listed = await one.desk.list({}, 10)
    expect(listed).toMatchObject([
      { state: 'resolved', by: 'fines.csv.gz' },
      { state: 'resolved', by: 'fines.csv.gz' },
    ])
    const order = { id: listed[0]?.id ?? '', by: 'li', mended: Buffer.from(many(1)) }
    expect(await one.desk.replay(order)).toMatchObject({ outcome: 'already-replayed', by: 'fines.csv.gz' })
    expect(await drop('fines.csv.gz', whole)).toMatchObject({ duplicates: 2_000 })
    expect(await endTorn(one.parts)).toBe(0)
    expect(tornFiles(await one.parts.index.notes('torn-whole'))).toEqual([])
  })

  it('stays open where only another file of the same name came: what it held is not known', async () => {
    const { one, drop } = await dropping('torn-other')
    await drop('fines.csv.gz', halfOf(gzipSync(many(1))))
    await one.rejectsAre(1)
    await drop('fines.csv.gz', gzipSync(many(2)))
    expect(await endTorn(one.parts)).toBe(0)
    expect(await one.desk.list({ state: 'open' }, 10)).toHaveLength(1)
    expect(tornFiles(await one.parts.index.notes('torn-other'))).toEqual([])
  })

  it('of which the directory is lost ends by the records that stand at its beginning, however it was packed anew', async () => {
    const { one, drop } = await dropping('torn-zip')
    const zip = (...names: readonly string[]) => archive(names.map((name, i) => ({ name, content: many(i + 1) })))
    const torn = zip('a.csv', 'b.csv')
    expect(await drop('fines.zip', torn.subarray(0, torn.length - 400))).toMatchObject({ lines: 1, rejects: 1 })
    await one.rejectsAre(1)
    const [listed] = await one.desk.list({}, 10)
    expect(listed?.hint).toContain(`all ${torn.length - 400} bytes are kept`)
    expect(await drop('fines.zip', zip('x.csv', 'y.csv'))).toMatchObject({ lines: 4_000, observations: 4_000 })
    expect(await endTorn(one.parts)).toBe(1)
  })

  it('in which nothing can be read ends by the same file that came whole, and by no other of its name', async () => {
    const { one, drop } = await dropping('torn-unreadable')
    const whole = archive([{ name: 'a.csv', content: many(1) }])
    await drop('fines.zip', whole.subarray(0, 40))
    await one.rejectsAre(1)
    await drop('fines.zip', archive([{ name: 'b.csv', content: many(2) }]))
    expect(await endTorn(one.parts)).toBe(0)
    expect(await one.desk.list({ state: 'open' }, 10)).toHaveLength(1)
    await drop('fines.zip', whole.subarray(0, 50))
    await one.rejectsAre(2)
    await drop('fines.zip', whole)
    expect(await endTorn(one.parts)).toBe(1)
  })

  it('whose bytes the site’s key no longer opens stays open, and harms nothing else', async () => {
    const { one, drop } = await dropping('torn-key')
    const whole = gzipSync(many(1))
    await drop('fines.csv.gz', halfOf(whole))
    await one.rejectsAre(1)
    await drop('fines.csv.gz', whole)
    const parts = { ...one.parts, sealer: createSealer(new Uint8Array(32).fill(1)) }
    expect(await endTorn(parts)).toBe(0)
    const [open] = await one.desk.list({ state: 'open' }, 10)
    const desk = createStewardDesk(parts)
    const order = { id: open?.id ?? '', by: 'li' }
    await expect(desk.show(order.id, 'li', false)).rejects.toThrow('cannot be opened')
    expect(await desk.replay(order)).toMatchObject({ outcome: 'rejected', rejected: [{ reason: 'unreadable-line' }] })
    const mended = { ...order, mended: Buffer.from(many(1)) }
    expect(await desk.replay(mended)).toMatchObject({ outcome: 'replayed', counts: { duplicates: 2_000 } })
  })

  it('is ended once where a steward was faster', async () => {
    const { one, drop } = await dropping('torn-steward')
    const whole = gzipSync(fines('d1', 'd2'))
    await drop('fines.csv.gz', whole.subarray(0, 40))
    await one.rejectsAre(1)
    const [listed] = await one.desk.list({}, 10)
    const order = { id: listed?.id ?? '', by: 'li', mended: Buffer.from(fines('d1', 'd2')) }
    expect(await one.desk.replay(order)).toMatchObject({ outcome: 'replayed', counts: { observations: 2 } })
    expect(await drop('fines.csv.gz', whole)).toMatchObject({ lines: 2, duplicates: 2 })
    expect(await endTorn(one.parts)).toBe(0)
    expect(await one.desk.replay(order)).toMatchObject({ outcome: 'already-replayed', by: 'li' })
  })
})

describe('rejects', () => {
  it('are listed, grouped and opened without numbers of persons unless they are asked for, which is audited', async () => {
    const one = await city('listed', [FINES])
    const body = [
      FINE_HEADER,
      `${A},,,甲店,d1,2026-02-30,market,电话13912345678`,
      `${A},,,甲店,d2,2026-02-31,market,`,
      '140105197203071235,,,乙店,d3,2026-02-01,market,',
      'too,few 13912345678',
    ].join('\n')
    const { counts } = await one.files('fines', body, 'fines.csv')
    expect(counts).toMatchObject({ lines: 4, rejects: 4 })
    await one.rejectsAre(4)
    const listed = await one.desk.list({ feed: 'fines' }, 10)
    expect(listed.map(({ line, reason, authority }) => [line, reason, authority]).sort()).toEqual([
      [2, 'bad-date', 'market'],
      [3, 'bad-date', 'market'],
      [4, 'bad-check-digit', 'market'],
      [5, 'wrong-columns', ''],
    ])
    const groups = await one.desk.groups({ state: 'open' })
    expect(groups.map(({ reason, open, ended, day }) => [reason, open, ended, day])).toEqual([
      ['bad-date', 2, 0, '2026-11-22'],
      ['bad-check-digit', 1, 0, '2026-11-22'],
      ['wrong-columns', 1, 0, '2026-11-22'],
    ])
    const idOf = (line: number) => listed.find((each) => each.line === line)?.id ?? ''
    for (const { id } of listed) {
      const shown = JSON.stringify(await one.desk.show(id, 'li', false))
      expect(shown).not.toContain('13912345678')
      expect(shown).not.toContain('140105197203071235')
    }
    expect(one.revealed).toEqual([])
    const revealed = await one.desk.show(idOf(5), 'li', true)
    expect(revealed?.text).toBe(`${FINE_HEADER}\ntoo,few 13912345678`)
    expect(one.revealed).toEqual([{ what: 'reject-revealed', realm: 'listed', subject: idOf(5), by: 'li', at: NOW }])
  })

  it('are mended and replayed once, at the place that they came from', async () => {
    const one = await city('mended', [FINES])
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,`, 'fines.csv')
    await one.rejectsAre(1)
    const [reject] = await one.desk.list({}, 1)
    const id = reject?.id ?? ''
    expect(await one.desk.replay({ id, by: 'li' })).toMatchObject({
      outcome: 'rejected',
      rejected: [{ reason: 'bad-date' }],
    })
    const mended = Buffer.from(`${FINE_HEADER}\n${A},,,甲店,d1,2026-02-20,market,`)
    const counts = { lines: 1, observations: 1, versions: 0, duplicates: 0, rejects: 0 }
    expect(await one.desk.replay({ id, by: 'li', mended })).toEqual({ outcome: 'replayed', counts })
    const other = Buffer.from(`${FINE_HEADER}\n${A},,,甲店,d9,2026-02-21,market,`)
    const again = { outcome: 'already-replayed', by: 'li', at: NOW }
    expect(await one.desk.replay({ id, by: 'wang', mended: other })).toEqual(again)
    expect(await Promise.all([1, 2].map(() => one.desk.replay({ id, by: 'wang', mended })))).toEqual([again, again])
    const { observations } = await readLog(one.log, 'mended')
    expect(observations).toMatchObject([{ subject: `uscc:${A}`, source: 'fines.csv', line: 2 }])
    await one.rejectsAre(1)
    expect(await one.desk.list({ state: 'replayed' }, 1)).toMatchObject([{ id, by: 'li', ended: NOW }])
    expect(await one.desk.list({ state: 'open' }, 1)).toEqual([])
  })

  it('are replayed whole or not at all where the process dies just before or just after the commit', async () => {
    for (const moment of ['before', 'after'] as const) {
      let dies = false
      const one = await openStewardCity({
        ...{ redis, history, realm: `dies-${moment}`, feeds: [FINES] },
        around: (index) => ({
          ...index,
          async commit(commit) {
            if (!dies || moment === 'after') await index.commit(commit)
            if (dies) throw new Error('killed')
          },
        }),
      })
      opened.push(one)
      await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,`)
      await one.rejectsAre(1)
      const id = (await one.desk.list({}, 1))[0]?.id ?? ''
      const mended = (document: string) => Buffer.from(`${FINE_HEADER}\n${A},,,甲店,${document},2026-02-20,market,`)
      dies = true
      await expect(one.desk.replay({ id, by: 'li', mended: mended('d1') })).rejects.toThrow('killed')
      dies = false
      const outcome = await one.desk.replay({ id, by: 'li', mended: mended('d2') })
      expect(outcome).toMatchObject({ outcome: moment === 'after' ? 'already-replayed' : 'replayed' })
      expect((await readLog(one.log, one.parts.realm)).observations).toHaveLength(1)
    }
  })

  it('of a log and an index in two stores can be finished by the same bytes alone after a crash between them', async () => {
    let broken = false
    const one = await openStewardCity({
      ...{ redis, history, realm: 'apart', feeds: [FINES], apart: true },
      around: (index) => ({
        ...index,
        async commit(commit) {
          if (!broken || commit.batches.length === 0) return index.commit(commit)
          await one.log.append(commit.batches)
          throw new Error('killed between log and index')
        },
      }),
    })
    opened.push(one)
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,`)
    await one.rejectsAre(1)
    const id = (await one.desk.list({}, 1))[0]?.id ?? ''
    const mended = Buffer.from(`${FINE_HEADER}\n${A},,,甲店,d1,2026-02-20,market,`)
    broken = true
    await expect(one.desk.replay({ id, by: 'li', mended })).rejects.toThrow('killed')
    broken = false
    const other = Buffer.from(`${FINE_HEADER}\n${A},,,甲店,d2,2026-02-21,market,`)
    expect(await one.desk.replay({ id, by: 'wang', mended: other })).toMatchObject({ outcome: 'other-bytes', by: 'li' })
    expect(await one.desk.replay({ id, by: 'li', mended })).toMatchObject({ outcome: 'replayed' })
    const { observations } = await readLog(one.log, 'apart')
    expect(new Set(observations.map((each) => `${each.subject} ${each.id} ${each.version} ${each.content}`)).size).toBe(
      1,
    )
  })

  it('whose record comes right by itself are marked so, and cannot be replayed any more', async () => {
    const one = await city('resolved', [FINES])
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,\n${A},,,甲店,d2,2026-02-30,market,`)
    await one.rejectsAre(2)
    one.passes(1_000)
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-20,market,`)
    await one.observationsSettle()
    expect(await markResolved(one.parts)).toBe(1)
    expect(await markResolved(one.parts)).toBe(0)
    await one.rejectsAre(2)
    const [resolved] = await one.desk.list({ state: 'resolved' }, 10)
    expect(resolved).toMatchObject({ line: 2 })
    expect(await one.desk.replay({ id: resolved?.id ?? '', by: 'li' })).toMatchObject({ outcome: 'already-replayed' })
  })

  it('lose their bytes at their end date: in the log at once, in the history when it merges, for a reader on the day', async () => {
    const one = await city('ended', [FINES])
    await one.files('fines', `${FINE_HEADER}\n${A},,,甲店,d1,2026-02-30,market,`)
    await one.rejectsAre(1)
    await expect.poll(() => readTopic(one.log, 'rejects', 'ended')).toEqual([])
    one.passes(181 * DAY_MS)
    expect(await one.desk.list({}, 10)).toEqual([])
    await history.history.insert(
      'rejects',
      Buffer.from(`${JSON.stringify({ realm: 'long-ago', feed: 'f', id: 'f/1', sealed: 'AAAA', until: 1_000 })}\n`),
      'long-ago',
    )
    await history.history.command('OPTIMIZE TABLE rejects FINAL')
    expect(await history.history.query("SELECT id FROM rejects WHERE realm = 'long-ago'", {})).toEqual([])
    expect(await history.history.query("SELECT topic FROM archive WHERE topic = 'rejects'", {})).toEqual([])
  })
})
