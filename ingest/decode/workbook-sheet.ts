import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'
import { createHeadedFile, type HeadedFile, type HeadedRecord } from './headed-file.ts'
import { headerFault } from './header.ts'
import { unreadable } from './record-scanner.ts'
import type { Row } from './row.ts'
import { columnOfReference, serialDate } from './workbook-cell.ts'
import type { WorkbookFrame } from './workbook-frame.ts'
import type { PartHandlers } from './workbook-part.ts'
import { tooFar } from './zip.ts'

export interface SheetLimits {
  readonly required: readonly string[]
  readonly oneOf?: readonly (readonly string[])[] | undefined
  readonly maxLineBytes: number
  /** Characters of all cells together: shared texts let a small file say much. */
  readonly characters: number
}

export interface Sheet {
  readonly handlers: PartHandlers
  /** The rows that were completed since it was last asked. */
  take(): Row[]
  /** What is left when the sheet is over. */
  end(): Row[]
}

interface Fault {
  readonly reason: RejectReason
  readonly hint: Bilingual
}

/** Of a sheet whose header does not fit, the text is kept. */
const AS_TEXT = { kept: { format: 'csv', encoding: 'utf-8' } } as const

/** Rows of a sheet under the first row that is not empty, which is its header. Empty rows are no rows. */
export function createSheet(frame: WorkbookFrame, limits: SheetLimits): Sheet {
  let rows: Row[] = []
  let header: readonly string[] | undefined
  let columns: readonly string[] = []
  let headed: HeadedFile | undefined
  let line = 0
  let cells: string[] = []
  let fault: Fault | undefined
  let rowCharacters = 0
  let characters = 0
  let column = -1
  let type = ''
  let style = -1
  let text = ''
  let inValue = false

  function cellText(): string {
    if (type === 's') return frame.strings[Number(text)] ?? ''
    if (type === 'b') return text === '1' ? 'TRUE' : 'FALSE'
    if (type !== '' && type !== 'n') return text
    const number = text === '' ? Number.NaN : Number(text)
    if (Number.isNaN(number)) return text
    if (frame.dateStyles[style] === true) return serialDate(number, frame.from1904) ?? text
    if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
      fault ??= {
        reason: 'bad-number',
        hint: {
          zh: `第 ${column + 1} 列:超过 2^53 的整数须为文本`,
          en: `column ${column + 1}: a whole number beyond 2^53 must be a text`,
        },
      }
    }
    // The sheet holds 17 digits, a person typed the shortest that mean the same.
    return String(number)
  }

  function endCell(): void {
    const value = cellText()
    if (value === '') return
    rowCharacters += value.length
    characters += value.length
    if (characters > limits.characters)
      throw tooFar({
        zh: `单元格共超过 ${limits.characters} 个字符`,
        en: `more than ${limits.characters} characters in its cells`,
      })
    if (rowCharacters > limits.maxLineBytes) {
      fault ??= {
        reason: 'line-too-long',
        hint: { zh: `超过 ${limits.maxLineBytes} 个字符`, en: `longer than ${limits.maxLineBytes} characters` },
      }
    } else if (column >= 0) cells[column] = value
  }

  function takeHeader(): void {
    header = Array.from(cells, (name) => (name ?? '').trim())
    columns = header.filter((name) => name !== '')
    const fault = headerFault(columns, limits)
    if (fault !== undefined) headed = createHeadedFile(asLine(), fault, AS_TEXT)
  }

  function endRow(): void {
    const isEmpty = rowCharacters === 0
    if (isEmpty && fault === undefined) return
    if (header === undefined && fault === undefined) {
      takeHeader()
      return
    }
    if (fault !== undefined) {
      rows.push(unreadable(kept(cells), 0, line, fault.reason, fault.hint))
      return
    }
    if (headed !== undefined) {
      rows.push(...headed.take(asLine()))
      return
    }
    const fields: Record<string, string> = {}
    for (let at = Math.max(cells.length, header?.length ?? 0) - 1; at >= 0; at--) {
      const name = header?.[at] ?? ''
      if (name !== '') fields[name] = cells[at] ?? ''
      else if ((cells[at] ?? '') !== '') {
        rows.push(
          unreadable(kept(cells), 0, line, 'wrong-columns', {
            zh: `第 ${at + 1} 列有值而没有列名`,
            en: `column ${at + 1} has a value and no name`,
          }),
        )
        return
      }
    }
    rows.push({ line, offset: 0, raw: Buffer.from(JSON.stringify(fields)), columns, fields })
  }

  /** The row as a line of CSV, which a person can mend. */
  function asLine(): HeadedRecord {
    const values = Array.from(cells, (value = '') =>
      /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value,
    )
    return { line, offset: 0, raw: Buffer.from(values.join(',')) }
  }

  /** What cannot be laid under a header is kept as a list of its cells. */
  function kept(values: readonly string[]): Buffer {
    return Buffer.from(JSON.stringify(Array.from(values, (value) => value ?? '')))
  }

  return {
    handlers: {
      open(name, attributes) {
        if (name === 'row') {
          line = Number(attributes.r ?? line + 1)
          cells = []
          fault = undefined
          rowCharacters = 0
          column = -1
        } else if (name === 'c') {
          column = attributes.r === undefined ? column + 1 : columnOfReference(attributes.r)
          type = attributes.t ?? ''
          style = Number(attributes.s ?? 0)
          text = ''
        } else if (name === 'v' || name === 't') inValue = true
      },
      text(more) {
        if (inValue && text.length <= limits.maxLineBytes) text += more
      },
      close(name) {
        if (name === 'v' || name === 't') inValue = false
        else if (name === 'c') endCell()
        else if (name === 'row') endRow()
      },
    },
    take() {
      const taken = rows
      rows = []
      return taken
    },
    end: () => headed?.end() ?? [],
  }
}
