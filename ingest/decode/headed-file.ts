import { type Bilingual, joined } from '../../core/bilingual.ts'
import type { Row, UnreadableRow } from './row.ts'

/** A reject keeps no more bytes than any record: a larger file is a reject for each part of that size. */
const PART_BYTES = 1 << 20

/** A record as a line of the file. */
export type HeadedRecord = Pick<Row, 'line' | 'offset' | 'raw'>

/** Gathers the records of a file whose header does not fit. */
export interface HeadedFile {
  /** The part that is full, where this record begins another. */
  take(record: HeadedRecord): Row[]
  end(): Row[]
}

/**
 * A file whose header does not fit is one reject, which can be mended and replayed as one: its header and all its
 * records, a line each. Each part of a file that is larger has the header too.
 */
export function createHeadedFile(
  header: HeadedRecord,
  fault: Bilingual,
  kept: Pick<UnreadableRow, 'kept'> = {},
): HeadedFile {
  const head = Buffer.from(header.raw)
  let lines: Uint8Array[] = [head]
  let bytes = head.length
  let { line, offset } = header

  function part(): Row {
    const raw = Buffer.concat(lines.flatMap((each, i) => (i === 0 ? [each] : [NEW_LINE, each])))
    const [records, size] = [lines.length - 1, raw.length]
    const whole = {
      zh: `连同表头共 ${records} 条记录、${size} 字节,全部保留,可改表头或规则后整体重放`,
      en: `${records} records and ${size} bytes with the header are kept, to be replayed as one`,
    }
    return { line, offset, raw, error: 'wrong-header', hint: joined([fault, whole]), ...kept }
  }

  return {
    take(record) {
      const isFull = lines.length > 1 && bytes + record.raw.length > PART_BYTES
      const full = isFull ? [part()] : []
      if (isFull) {
        lines = [head]
        bytes = head.length
        // As if the header stood above it.
        line = record.line - 1
        offset = record.offset
      }
      lines.push(Buffer.from(record.raw))
      bytes += record.raw.length + 1
      return full
    },
    end: () => [part()],
  }
}

const NEW_LINE = Buffer.from('\n')
