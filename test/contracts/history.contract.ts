import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Rejected } from '../../core/errors.ts'
import type { LogBatch } from '../../core/event-log.ts'
import type { History } from '../../core/history.ts'
import type { Observation } from '../../core/observation.ts'
import type { Reject } from '../../core/reject.ts'
import type { RiskPoint } from '../../core/risk.ts'
import type { Warning } from '../../core/warning.ts'
import { readArchive } from '../../processors/archive.ts'
import { ARCHIVE_FORM, archiveRow, packAside } from '../../processors/archive-row.ts'

/** A history that a contract is held against, with its tables made. */
export interface HistorySubject {
  readonly history: History
  readonly stop: () => Promise<void>
}

const YEAR_2100 = 4_102_444_800_000

/** What every store behind the port `History` promises. */
export function historyContract(name: string, start: () => Promise<HistorySubject>): void {
  describe(name, () => {
    let subject: HistorySubject
    let history: History
    beforeAll(async () => {
      subject = await start()
      history = subject.history
    }, 60_000)
    afterAll(() => subject.stop(), 60_000)

    it('gives an observation back field by field as its line of the log said it', async () => {
      await history.insert('observations', ndjson([OBSERVATION]), 'observation-1')
      expect(
        await history.query('SELECT * FROM observations WHERE realm = {realm:String}', { realm: 'fields' }),
      ).toEqual([OBSERVATION])
    })

    it('gives rejects, risk points and warnings back as their lines said them', async () => {
      await history.insert('rejects', ndjson([REJECT]), 'reject-1')
      await history.insert('risk', ndjson([RISK]), 'risk-1')
      await history.insert('warnings', ndjson([WARNING]), 'warning-1')
      expect(await history.query('SELECT * FROM rejects', {})).toEqual([REJECT])
      expect(await history.query('SELECT * FROM warnings', {})).toEqual([WARNING])
      const [risk] = await history.query<{ signals: string }>('SELECT * EXCEPT processed FROM risk', {})
      expect({ ...risk, signals: JSON.parse(risk?.signals ?? '') }).toEqual(RISK)
    })

    it('inserts a batch once, however often it is sent under the same token', async () => {
      const rows = ndjson([decision('once', 1), decision('once', 2)])
      for (let time = 0; time < 3; time++) await history.insert('decisions', rows, 'batch-once')
      expect(await history.query(`SELECT count() AS rows FROM decisions WHERE realm = 'once'`, {})).toEqual([
        { rows: 2 },
      ])
    })

    it('inserts what it was once given again, where the token is another', async () => {
      const rows = ndjson([decision('equal', 1)])
      await history.insert('decisions', rows, 'equal-1')
      await history.command(`ALTER TABLE decisions DELETE WHERE realm = 'equal' SETTINGS mutations_sync = 2`)
      await history.insert('decisions', rows, 'equal-2')
      expect(await history.query(`SELECT id FROM decisions WHERE realm = 'equal'`, {})).toEqual([{ id: '1' }])
    })

    it('ignores fields that it has no column for, so that lines may grow', async () => {
      await history.insert('decisions', ndjson([{ ...decision('grown', 1), later: { deep: [1] } }]), 'grown-1')
      expect(await history.query(`SELECT id FROM decisions WHERE realm = 'grown'`, {})).toEqual([{ id: '1' }])
    })

    it('keeps the bytes of archived batches exactly, whatever they hold and however they were cut', async () => {
      const text = '{"name":"太原市\\"晋阳\\"\\\\酒家\\n","emoji":"🏮","control":"\\u0001"}\n第二行\t\\N\n'
      const progress = [{ feed: 'f', until: 1, closed: false }]
      const batches = ['1-0', '2-0', '3-0', '4-0', '5-0', '6-0'].map(
        (position, index): LogBatch => ({
          ...{ topic: 'observations', realm: 'bytes', shard: 3, count: index, progress, bulk: true, position },
          bytes: index === 2 ? new Uint8Array(0) : Buffer.from(`${text}${position}\n`),
        }),
      )
      for (const [from, to] of [
        [0, 3],
        [3, 5],
        [0, 2],
        [2, 5],
        [4, 6],
      ]) {
        await history.insert(
          'archive',
          await archiveRow(batches.slice(from, to), 1, packAside),
          `bytes-${from}-${to}`,
          ARCHIVE_FORM,
        )
      }
      const read: LogBatch[] = []
      for await (const some of readArchive(history, 'bytes', [3])) read.push(...some)
      const told = (all: readonly LogBatch[]) =>
        all.map((one) => ({ ...one, bytes: Buffer.from(one.bytes).toString() }))
      expect(told(read)).toEqual(told(batches))
    })

    it('binds parameters of every kind as values, never as SQL', async () => {
      const params = {
        text: `晋阳'酒家"; DROP TABLE risk; -- \\ {x} \t\n末`,
        list: ["a'b", '中', '\\'],
        whole: Number.MAX_SAFE_INTEGER,
        negative: -1,
        real: 0.1,
        yes: true,
        none: null,
        numbers: [1, 2, 3],
        map: { '键"': "值'" },
      }
      const [row] = await history.query(
        `SELECT {text:String} AS text, {list:Array(String)} AS list, {whole:Int64} AS whole, {negative:Int64} AS negative,
                {real:Float64} AS real, {yes:Bool} AS yes, {none:Nullable(String)} AS none,
                {numbers:Array(UInt32)} AS numbers, {map:Map(String, String)} AS map`,
        params,
      )
      expect(row).toEqual(params)
    })

    it('takes a list of ids too long for a URL as one parameter', async () => {
      const ids = Array.from({ length: 5_000 }, (_, index) => `uscc:91140105MA0T${String(index).padStart(6, '0')}`)
      expect(await history.query('SELECT length({ids:Array(String)}) AS ids', { ids })).toEqual([{ ids: 5_000 }])
    })

    it('gives whole numbers as numbers up to 2^53 and as text beyond, wherever they stand', async () => {
      const [row] = await history.query(
        `SELECT toInt64(1795355737949) AS time, toInt64(9007199254740991) AS largest, toUInt64(18446744073709551615) AS beyond,
                [toInt64(-9007199254740993)] AS nested, '12345678901234567890' AS text, toFloat64(0.12345678901234566) AS real`,
        {},
      )
      expect(row).toEqual({
        time: 1795355737949,
        largest: Number.MAX_SAFE_INTEGER,
        beyond: '18446744073709551615',
        nested: ['-9007199254740993'],
        text: '12345678901234567890',
        real: 0.12345678901234566,
      })
    })

    it('answers a short read while a long one still runs', async () => {
      const answered: string[] = []
      const long = history
        .query('SELECT sleepEachRow(0.1) FROM numbers(20) SETTINGS max_block_size = 1', {})
        .then(() => answered.push('long'))
      const short = history.query('SELECT {a:UInt8} AS a', { a: 1 }).then(() => answered.push('short'))
      await Promise.all([long, short])
      expect(answered).toEqual(['short', 'long'])
    })

    it('keeps the parameters of reads that run side by side apart', async () => {
      const values = Array.from({ length: 60 }, (_, index) => index)
      const rows = await Promise.all(values.map((value) => history.query('SELECT {value:UInt32} AS value', { value })))
      expect(rows).toEqual(values.map((value) => [{ value }]))
    })

    it('does not carry a parameter over to the next read', async () => {
      await history.query('SELECT {once:String}', { once: 'a' })
      await expect(history.query('SELECT {once:String}', {})).rejects.toMatchObject({ code: '456' })
    })

    it('rejects rows that it cannot read, for good, and keeps none of the batch', async () => {
      const rows = new TextEncoder().encode(`${JSON.stringify(decision('bad', 1))}\n{"realm":"bad","at":"yesterday"}\n`)
      await expect(history.insert('decisions', rows, 'bad-1')).rejects.toBeInstanceOf(Rejected)
      expect(await history.query(`SELECT count() AS rows FROM decisions WHERE realm = 'bad'`, {})).toEqual([
        { rows: 0 },
      ])
    })

    it('names a mistake in a statement by the code of the store', async () => {
      await expect(history.query('SELECT 1 FROM nowhere', {})).rejects.toMatchObject({ code: '60' })
      await expect(history.command('SELEC 1')).rejects.toMatchObject({ code: '62' })
    })
  })
}

export function ndjson(rows: readonly object[]): Uint8Array {
  return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

export function decision(realm: string, id: number): object {
  return { realm, id: String(id), type: 'plan-set', at: id, body: '{}' }
}

const OBSERVATION: Observation = {
  realm: 'fields',
  feed: 'penalties',
  record: '00ff',
  part: 'penalty',
  id: 'penalties/00ff/penalty',
  version: 1_700_000_000_000,
  content: 'abcd',
  kind: 'penalty',
  subject: 'uscc:91140105MA0T100092',
  authority: '市场监管局',
  trust: 'verified',
  district: '140105',
  industry: 'H',
  cause: 'food-hygiene',
  occurred: 0,
  decided: 1_700_000_000_001,
  published: 1_700_000_000_002,
  known: 1_700_000_000_003,
  received: 1_700_000_000_004,
  value: null,
  unit: 'fen',
  facts: { 决定书文号: '晋市监罚〔2023〕"7"号', empty: '' },
  source: 'penalties-2023.csv',
  line: 4_294_967_295,
  gone: 0,
}

const REJECT: Reject = {
  realm: 'fields',
  feed: 'penalties',
  id: 'penalties/f.csv/3/00ff',
  source: 'f.csv',
  line: 3,
  reason: 'bad-date',
  hint: 'decided: 2014-02-30',
  format: 'csv',
  encoding: 'gb18030',
  columns: ['文号', 'a,b'],
  around: { region: '140105' },
  authority: 'market-supervision',
  record: '00ff00ff00ff00ff',
  subject: 'mn:1',
  known: 1_699_000_000_000,
  sealed: 'AAECAw==',
  until: YEAR_2100,
  received: 1_700_000_000_000,
}

const RISK: RiskPoint = {
  realm: 'fields',
  enterprise: 'uscc:91140105MA0T100092',
  name: '晋阳酒家',
  effective: 1_700_000_000_000,
  risk: 640,
  own: 600,
  basis: 310,
  class: 'C',
  district: '140105',
  industry: 'H',
  signals: [
    { indicator: 'penalties', intensity: 800, measure: '3 件', points: 640, evidence: ['penalties/00ff/penalty'] },
  ],
  revision: 2,
  recorded: 1_767_225_600_000,
  removed: 0,
  policy: 'p',
  receipt: 'r',
}

const WARNING: Warning = {
  realm: 'fields',
  id: 'w1',
  kind: 'cross-industry',
  level: 'orange',
  state: 'open',
  subject: '140105|food-hygiene',
  name: '小店区 食品卫生',
  district: '140105',
  industries: ['C', 'H'],
  cause: 'food-hygiene',
  risk: 0,
  measure: '0.02',
  reason: { zh: '两个行业同时上升', en: 'two industries rise together' },
  evidence: ['penalties/00ff/penalty'],
  enterprises: ['uscc:91140105MA0T100092'],
  receiver: 'scjg',
  raised: 1_700_000_000_000,
  changed: 1_700_000_000_001,
  revision: 3,
}
