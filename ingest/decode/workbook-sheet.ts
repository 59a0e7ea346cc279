import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'
import { unreadable } from './record-scanner.ts'
import type { Row } from './row.ts'
import { columnOfReference, serialDate } from './workbook-cell.ts'
import type { WorkbookFrame } from './workbook-frame.ts'
import type { PartHandlers } from './workbook-part.ts'
import { tooFar } from './zip.ts'

export interface SheetLimits {
  readonly required: readonly string[]
  readonly maxLineBytes: number
  /** Characters of all cells together: shared texts let a small file say much. */
  readonly characters: number
}

export interface Sheet {
  readonly handlers: PartHandlers
  /** The rows that were completed since it was last asked. */
  take(): Row[]
}

interface Fault {
  readonly reason: RejectReason
  readonly hint: Bilingual
}

/** Rows of a sheet under the first row that is not empty, which is its header. Empty rows are no rows. */
export function createSheet(frame: WorkbookFrame, limits: SheetLimits): Sheet {
  let rows: Row[] = []
  let header: readonly string[] | undefined
  let columns: readonly string[] = []
  let headerFault: Bilingual | undefined
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
    const missing = limits.required.filter((name) => !columns.includes(name))
    const twice = limits.required.filter((name) => columns.indexOf(name) !== columns.lastIndexOf(name))
    if (missing.length > 0)
      headerFault = { zh: `表头缺少列 ${missing.join('、')}`, en: `the header lacks ${missing.join(', ')}` }
    else if (twice.length > 0)
      headerFault = { zh: `表头中 ${twice.join('、')} 重复出现`, en: `the header names ${twice.join(', ')} twice` }
    if (headerFault !== undefined) rows.push(unreadable(kept(cells), 0, line, 'wrong-columns', headerFault))
  }

  function endRow(): void {
    const isEmpty = rowCharacters === 0
    if (isEmpty && fault === undefined) return
    if (header === undefined && fault === undefined) {
      takeHeader()
      return
    }
    const wrong: Fault | undefined =
      fault ?? (headerFault === undefined ? undefined : { reason: 'wrong-columns', hint: headerFault })
    if (wrong !== undefined) {
      rows.push(unreadable(kept(cells), 0, line, wrong.reason, wrong.hint))
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
  }
}
