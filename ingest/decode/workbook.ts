import { Rejected } from '../../core/errors.ts'
import { isRejectReason } from '../../core/reject.ts'
import { collect } from './collect.ts'
import { contentFault } from './content.ts'
import { unreadable } from './record-scanner.ts'
import type { Row } from './row.ts'
import { readFrame } from './workbook-frame.ts'
import { createPartParser } from './workbook-part.ts'
import { createSheet } from './workbook-sheet.ts'
import { isZip, openZip, UNPACK_LIMITS } from './zip.ts'

export interface WorkbookOptions {
  readonly required: readonly string[]
  readonly oneOf?: readonly (readonly string[])[] | undefined
  readonly sheet: string | undefined
  readonly maxLineBytes: number
}

/** Of a workbook that cannot be read so much is kept. */
const KEPT_BYTES = 64 * 1024

/**
 * Rows of one sheet of an Excel workbook (.xlsx). Its packed bytes are held, and the texts that its cells share; the sheet
 * itself passes through. What stops the reading is a last row that says so.
 */
export async function* readWorkbook(
  chunks: AsyncIterable<Uint8Array>,
  { required, oneOf, sheet: name, maxLineBytes }: WorkbookOptions,
): AsyncIterable<Row[]> {
  let bytes: Buffer = Buffer.alloc(0)
  let line = 0
  try {
    bytes = await collect(chunks, UNPACK_LIMITS.packedBytes)
    const fault = contentFault('xlsx', 'utf-8', bytes)
    if (fault !== undefined || !isZip(bytes))
      throw new Rejected('wrong-content', fault ?? { zh: '文件为空', en: 'the file is empty' })
    const zip = await openZip(bytes, UNPACK_LIMITS)
    const frame = await readFrame(zip, name)
    const entry = zip.find(frame.sheetPart)
    if (entry === undefined)
      throw new Rejected('unreadable-archive', {
        zh: `缺少工作表部件 ${frame.sheetPart}`,
        en: `the sheet’s part ${frame.sheetPart} is missing`,
      })
    const sheet = createSheet(frame, { required, oneOf, maxLineBytes, characters: UNPACK_LIMITS.unpackedBytes })
    const parser = createPartParser(sheet.handlers)
    for await (const chunk of entry.chunks()) {
      parser.write(chunk)
      const rows = sheet.take()
      line = rows.at(-1)?.line ?? line
      if (rows.length > 0) yield rows
    }
    parser.end()
    const rest = sheet.end()
    if (rest.length > 0) yield rest
  } catch (error) {
    if (!(error instanceof Rejected) || !isRejectReason(error.reason)) throw error
    yield [unreadable(bytes.subarray(0, KEPT_BYTES), 0, line + 1, error.reason, error.text)]
  }
}
