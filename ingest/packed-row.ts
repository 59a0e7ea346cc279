import { createLineWriter, type Lines } from '../core/line-bytes.ts'
import type { Observation } from '../core/observation.ts'
import { observationLine, readObservations } from '../core/observation-line.ts'
import type { KeptRow, Mapped } from './mapping/compile-feed.ts'
import type { Head, RecordKey } from './record-index.ts'

/**
 * A row that was kept, as small as it gets while it waits for its turn with many thousands of others: its observations are
 * the lines that will go into the log.
 */
export interface PackedRow extends RecordKey, Head {
  readonly lines: Lines
  readonly kept?: undefined
  readonly rejected?: undefined
}

/** `undefined` for a row that is about several subjects: its lines go to several shards. */
export type PackRow = (kept: KeptRow) => PackedRow | undefined

export function createPacker(): PackRow {
  const write = createLineWriter()
  return ({ record, content, version, known, parts, subject, observations }) => {
    let text = ''
    for (const observation of observations) {
      if (observation.subject !== subject) return undefined
      text += `${observationLine(observation)}\n`
    }
    return { record, content, version, known, parts, subject, lines: write(text, observations.length) }
  }
}

export function isPacked(row: KeptRow | Mapped | PackedRow): row is PackedRow {
  return 'lines' in row
}

/** Reads its observations back. */
export function unpackRow({ record, content, version, known, parts, subject, lines }: PackedRow): KeptRow {
  const { room, start, end } = lines
  const observations = readObservations(room.subarray(start, end))
  return { record, content, version, known, parts, subject, observations }
}

export function observationsOf(row: KeptRow | PackedRow): readonly Observation[] {
  return (isPacked(row) ? unpackRow(row) : row).observations
}

/** When each of its observations was known, UTC ms; mostly it has one, and need not be read back for that. */
export function knownTimes(row: KeptRow | PackedRow): readonly number[] {
  return isPacked(row) && row.lines.count === 1 ? [row.known] : observationsOf(row).map(({ known }) => known)
}
