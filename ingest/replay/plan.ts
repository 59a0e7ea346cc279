import { createHash } from 'node:crypto'
import type { Counts } from '../counts.ts'

/** What is read again in the second pass, and in which order: typed arrays, as there may be millions. */
export interface Plan {
  readonly head: PlanHead
  readonly rows: PlanRows
  /** One per kept row and distinct `known` of its observations, by (known, file, line). */
  readonly items: PlanItems
}

export interface PlanHead {
  /** Wall time at which the job began, UTC ms: `received` of all its rows, also after a resumption. */
  readonly received: number
  readonly files: readonly PlanFile[]
  /** By feed. */
  readonly counts: Readonly<Record<string, Counts>>
}

export interface PlanFile {
  /** Bytes before the first record: the header of a table. */
  readonly headerBytes: number
}

export interface PlanRows {
  readonly file: Uint16Array
  readonly offset: Float64Array
  readonly length: Uint32Array
  readonly line: Uint32Array
  /** How many rows of this content came before in the file. */
  readonly occurrence: Uint32Array
  /** 1: the record has other versions, in the index or in these files. */
  readonly contested: Uint8Array
}

export interface PlanItems {
  readonly known: Float64Array
  readonly row: Uint32Array
}

export interface PlannedRow {
  readonly file: number
  readonly offset: number
  readonly length: number
  readonly line: number
  readonly occurrence: number
  readonly contested: boolean
}

export interface PlanBuilder {
  /** Rows come in the order of files and lines. Returns the row's number. */
  row(row: PlannedRow, knowns: Iterable<number>): number
  /** A row turned out to have another version. */
  contest(row: number): void
  finish(head: PlanHead): Plan
}

export function createPlanBuilder(): PlanBuilder {
  const file = growing(Uint16Array)
  const offset = growing(Float64Array)
  const length = growing(Uint32Array)
  const line = growing(Uint32Array)
  const occurrence = growing(Uint32Array)
  const contested = growing(Uint8Array)
  const known = growing(Float64Array)
  const rowOfItem = growing(Uint32Array)

  return {
    row(row, knowns) {
      const number = file.size()
      file.push(row.file)
      offset.push(row.offset)
      length.push(row.length)
      line.push(row.line)
      occurrence.push(row.occurrence)
      contested.push(row.contested ? 1 : 0)
      for (const each of knowns) {
        known.push(each)
        rowOfItem.push(number)
      }
      return number
    },
    contest(row) {
      contested.put(row, 1)
    },
    finish(head) {
      const rows = {
        file: file.take(),
        offset: offset.take(),
        length: length.take(),
        line: line.take(),
        occurrence: occurrence.take(),
        contested: contested.take(),
      }
      return { head, rows, items: sortItems({ known: known.take(), row: rowOfItem.take() }) }
    },
  }
}

/** Rows are numbered in the order of files and lines, so their number decides among equal times. */
function sortItems({ known, row }: PlanItems): PlanItems {
  const order = Uint32Array.from(known.keys())
  order.sort((a, b) => (known[a] ?? 0) - (known[b] ?? 0) || (row[a] ?? 0) - (row[b] ?? 0))
  return {
    known: Float64Array.from(order, (i) => known[i] ?? 0),
    row: Uint32Array.from(order, (i) => row[i] ?? 0),
  }
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array

function growing<Kind extends Numbers>(kind: new (length: number) => Kind) {
  let numbers = new kind(1024)
  let size = 0
  return {
    push(value: number): void {
      if (size === numbers.length) {
        const larger = new kind(size * 2)
        larger.set(numbers)
        numbers = larger
      }
      numbers[size++] = value
    },
    put(at: number, value: number): void {
      numbers[at] = value
    },
    size: () => size,
    take(): Kind {
      const exact = new kind(size)
      exact.set(numbers.subarray(0, size))
      return exact
    },
  }
}

const PLAN_FORMAT = 1

interface StoredHead extends PlanHead {
  readonly format: number
  readonly rows: number
  readonly items: number
  readonly hash: string
}

/** Largest elements first, so that every array begins where its elements may. */
function arraysOf({ rows, items }: Pick<Plan, 'rows' | 'items'>): Numbers[] {
  return [rows.offset, items.known, rows.length, rows.line, rows.occurrence, items.row, rows.file, rows.contested]
}

/** One line of JSON, then the arrays in this machine's byte order. */
export function encodePlan(plan: Plan): Uint8Array[] {
  const pieces = arraysOf(plan).map((each) => new Uint8Array(each.buffer, each.byteOffset, each.byteLength))
  const stored: StoredHead = {
    ...plan.head,
    format: PLAN_FORMAT,
    rows: plan.rows.file.length,
    items: plan.items.row.length,
    hash: hashOf(pieces),
  }
  return [Buffer.from(`${JSON.stringify(stored)}\n`), ...pieces]
}

/** `undefined` for what is no whole plan of this format: it is then made anew. */
export function decodePlan(bytes: Uint8Array): Plan | undefined {
  const lineEnd = bytes.indexOf(0x0a)
  const stored = lineEnd < 0 ? undefined : readHead(Buffer.from(bytes.subarray(0, lineEnd)).toString())
  if (stored === undefined || stored.format !== PLAN_FORMAT) return undefined
  const rows = {
    file: new Uint16Array(stored.rows),
    offset: new Float64Array(stored.rows),
    length: new Uint32Array(stored.rows),
    line: new Uint32Array(stored.rows),
    occurrence: new Uint32Array(stored.rows),
    contested: new Uint8Array(stored.rows),
  }
  const items = { known: new Float64Array(stored.items), row: new Uint32Array(stored.items) }
  let at = lineEnd + 1
  const pieces: Uint8Array[] = []
  for (const each of arraysOf({ rows, items })) {
    const piece = bytes.subarray(at, at + each.byteLength)
    if (piece.byteLength !== each.byteLength) return undefined
    new Uint8Array(each.buffer).set(piece)
    pieces.push(piece)
    at += each.byteLength
  }
  if (hashOf(pieces) !== stored.hash) return undefined
  const { received, files, counts } = stored
  return { head: { received, files, counts }, rows, items }
}

function readHead(text: string): StoredHead | undefined {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function hashOf(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}
