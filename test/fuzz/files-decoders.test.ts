import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Rejected } from '../../core/errors.ts'
import { isRejectReason } from '../../core/reject.ts'
import type { Row } from '../../ingest/decode/row.ts'
import { createRowReader } from '../../ingest/decode/row-reader.ts'
import { unpack } from '../../ingest/decode/unpack.ts'
import { UNPACK_LIMITS } from '../../ingest/decode/zip.ts'
import { archive, workbook } from '../support/archive.ts'
import { FILES_FUZZED } from './files-decoders.ts'
import { cut, mutated } from './mutate.ts'
import { runDecoder } from './run-decoder.ts'

const RUNS = Number(process.env.FENGSUI_FUZZ_RUNS ?? 20_000)
const FIRST_SEED = Number(process.env.FENGSUI_FUZZ_SEED ?? 0)
const IS_LONG = process.env.FENGSUI_FUZZ_RUNS !== undefined
/** An archive is opened in several turns of the event loop: a tenth of the others. */
const ARCHIVES = RUNS / 10

describe('a decoder of files that is handed anything', () => {
  it.each(FILES_FUZZED)(
    '$name neither throws nor hangs nor holds on to it, and says something of every input',
    (decoder) => {
      const report = runDecoder(decoder, { runs: RUNS, firstSeed: FIRST_SEED })
      if (IS_LONG) process.stdout.write(`${JSON.stringify(report)}\n`)
      expect(report.rows).toBeGreaterThan(RUNS / 20)
      expect(Object.keys(report.rejects).length).toBeGreaterThan(0)
      if (decoder.feed !== undefined) expect(report.observations).toBeGreaterThan(0)
    },
    IS_LONG ? 3_600_000 : 60_000,
  )

  const cell = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`
  const book = workbook(`<row>${cell('a')}${cell('b')}</row><row>${cell('1')}${cell('2')}</row>`)
  const table = Buffer.from('a,b\n1,2\n')
  it.each([
    ['a workbook', 'x.xlsx', book],
    ['a ZIP', 'x.zip', archive([{ name: 'x.csv', content: table }])],
    ['a gzip', 'x.csv.gz', gzipSync(table)],
  ])(
    '%s that was changed is rows, or rejected with its reason',
    async (_, name, sound) => {
      const grain = {
        corpus: [sound],
        tokens: ['PK\u0003\u0004', '\u001f\u008b', '\u00ff\u00ff\u00ff\u00ff'],
        maxBytes: 4_096,
      }
      const outcomes = new Map<string, number>()
      for (let seed = FIRST_SEED; seed < FIRST_SEED + ARCHIVES; seed++) {
        const outcome = await outcomeOf(name, mutated(seed, grain), seed)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
      expect(outcomes.get('unreadable-archive') ?? 0).toBeGreaterThan(ARCHIVES / 20)
    },
    IS_LONG ? 3_600_000 : 60_000,
  )
})

async function outcomeOf(name: string, bytes: Buffer, seed: number): Promise<string> {
  async function* chunks() {
    yield* cut(bytes, seed)
  }
  try {
    const rows: Row[] = []
    for (const file of await unpack(name, chunks(), UNPACK_LIMITS)) {
      const read = createRowReader({ format: 'csv', required: ['a'] }, file.name)
      for await (const batch of read(file.chunks())) rows.push(...batch)
    }
    return rows.find(({ error }) => error !== undefined)?.error ?? 'rows'
  } catch (error) {
    if (error instanceof Rejected && isRejectReason(error.reason)) return error.reason
    throw new Error(`seed ${seed} of ${name} broke it`, { cause: error })
  }
}
