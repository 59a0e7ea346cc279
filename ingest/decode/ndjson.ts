import { createTextDecoder } from './decode-text.ts'
import { createJsonRowReader } from './json-row.ts'
import { CARRIAGE_RETURN, createRecordScanner, LINE_FEED, type RowLimits } from './record-scanner.ts'
import type { RowSplitter } from './row.ts'

/** One JSON object a line; blank lines are no rows. */
export function createNdjsonSplitter(limits: RowLimits): RowSplitter {
  const readJsonRow = createJsonRowReader(limits, createTextDecoder(limits.encoding))
  return createRecordScanner(
    {
      findEnd(bytes, start, final) {
        const feed = bytes.indexOf(LINE_FEED, start)
        if (feed >= 0) return { at: feed }
        return final ? { at: bytes.length } : 'more'
      },
      spansLines: false,
      toRow: (raw, offset, line, text) => (isBlank(raw) ? undefined : readJsonRow(raw, offset, line, text)),
    },
    limits.maxLineBytes,
  )
}

function isBlank(raw: Buffer): boolean {
  for (const byte of raw) if (byte !== 0x20 && byte !== 0x09 && byte !== CARRIAGE_RETURN) return false
  return true
}
