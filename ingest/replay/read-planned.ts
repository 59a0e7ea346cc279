import { Refusal } from '../../core/errors.ts'
import type { ReadableRow } from '../decode/row.ts'
import { readRows } from '../decode/row-reader.ts'
import { composeXml } from '../decode/xml.ts'
import { recordOf } from '../ingest-batch.ts'
import type { KeptRow } from '../mapping/compile-feed.ts'
import type { Job, JobFile } from './job.ts'
import type { Plan } from './plan.ts'

const LINE_END = Buffer.from('\n')

/**
 * Reads rows of the plan again, wherever they lie: the records of one file are put together, under the file's own header,
 * to a small file of the same format, which is read and mapped as the whole was. Keyed by row number.
 * Errors: `Refusal` where a file is not what it was.
 */
export function readPlanned(job: Job, plan: Plan, numbers: Iterable<number>): Map<number, KeptRow> {
  const byFile = new Map<number, number[]>()
  for (const number of new Set(numbers)) {
    const file = plan.rows.file[number] ?? 0
    const ofFile = byFile.get(file)
    if (ofFile === undefined) byFile.set(file, [number])
    else ofFile.push(number)
  }
  const kept = new Map<number, KeptRow>()
  for (const [at, ofFile] of byFile) {
    const file = job.files[at]
    if (file === undefined) throw new Error(`the plan has no file ${at}`)
    readOfFile(file, at, plan, ofFile, kept)
  }
  return kept
}

function readOfFile(
  file: JobFile,
  at: number,
  plan: Plan,
  numbers: readonly number[],
  kept: Map<number, KeptRow>,
): void {
  const records = numbers.map((number) =>
    file.source.read(plan.rows.offset[number] ?? 0, plan.rows.length[number] ?? 0),
  )
  const header = file.source.read(0, plan.head.files[at]?.headerBytes ?? 0)
  const rows = readRows(file.feed.policy, compose(file.options.format, header, records), file.options)
  if (rows.length !== numbers.length) throw changed(file)

  let occurrence = 0
  const context = { source: file.source.name, received: plan.head.received, occurrence: () => occurrence }
  numbers.forEach((number, i) => {
    const row = rows[i]
    if (row?.fields === undefined) throw changed(file)
    occurrence = plan.rows.occurrence[number] ?? 0
    const record = recordOf(file.feed.mapRow(withLine(row, plan.rows.line[number] ?? 0), context))
    if (record === undefined) throw changed(file)
    kept.set(number, record)
  })
}

function compose(format: JobFile['options']['format'], header: Uint8Array, records: readonly Uint8Array[]): Uint8Array {
  const pieces: Uint8Array[] = []
  if (format === 'json') {
    for (const record of records) pieces.push(Buffer.from(pieces.length === 0 ? '[' : ','), record)
    return Buffer.concat([...pieces, Buffer.from(']')])
  }
  if (format === 'xml') return composeXml(header, records)
  if (format === 'csv') pieces.push(header)
  for (const record of records) pieces.push(record, LINE_END)
  return Buffer.concat(pieces)
}

function withLine(row: ReadableRow, line: number): ReadableRow {
  return { ...row, line }
}

function changed({ source }: JobFile): Refusal {
  return new Refusal({
    zh: `${source.name} 在重放期间有变动,请重新重放`,
    en: `${source.name} has changed during its replay: replay it again`,
  })
}
