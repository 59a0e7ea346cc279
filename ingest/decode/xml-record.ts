import type { Bilingual } from '../../core/bilingual.ts'
import { Told } from '../../core/errors.ts'
import type { RejectReason } from '../../core/reject.ts'
import type { DecodeText } from './decode-text.ts'
import type { Flat } from './flatten.ts'
import { type RowLimits, unreadable } from './record-scanner.ts'
import type { Row } from './row.ts'
import { createStrictParser } from './strict-xml.ts'

/** One XML record out of its bytes, which hold the record's element and nothing else. */
export function createXmlRowReader(
  limits: RowLimits,
  decode: DecodeText,
): (raw: Buffer, offset: number, line: number) => Row {
  let columns: readonly string[] = []

  return function readXmlRow(raw, offset, line) {
    const text = decode(raw)
    if (text === undefined)
      return unreadable(raw, offset, line, 'unreadable-line', {
        zh: `不是有效的 ${limits.encoding} 编码`,
        en: `not valid ${limits.encoding}`,
      })
    const flat = flattenElement(text, limits.maxDepth)
    if (flat.error !== undefined) return unreadable(raw, offset, line, flat.error, flat.hint)
    const { fields } = flat
    const missing = limits.required.filter((name) => !Object.hasOwn(fields, name))
    if (missing.length > 0) {
      return unreadable(raw, offset, line, 'wrong-columns', {
        zh: `记录缺少 ${missing.join('、')}`,
        en: `the record lacks ${missing.join(', ')}`,
      })
    }
    const names = Object.keys(fields)
    if (names.length !== columns.length || names.some((name, i) => name !== columns[i])) columns = names
    return { line, offset, raw, columns, fields }
  }
}

/** The name without its prefix: senders bind the same namespace to different prefixes. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

class RecordFault extends Told {
  override readonly name = 'RecordFault'
  readonly reason: RejectReason
  constructor(reason: RejectReason, text: Bilingual) {
    super(text)
    this.reason = reason
  }
}

interface Open {
  readonly path: string
  text: string
  hasChildren: boolean
}

/**
 * An element as texts by column: children become columns of their names, theirs `outer.inner`, attributes `@name`; what
 * stands several times becomes a JSON list of texts. The record's own element has no name here. Only the five entities of
 * XML itself and numbered characters are read: with no DOCTYPE there can be no others.
 */
export function flattenElement(text: string, maxDepth: number): Flat {
  const values = new Map<string, string[]>()
  const open: Open[] = []
  const add = (path: string, value: string) => {
    const before = values.get(path)
    if (before === undefined) values.set(path, [value])
    else before.push(value)
  }
  const parser = createStrictParser((reason, hint) => new RecordFault(reason, hint))
  parser.onopentag = ({ name, attributes }) => {
    const parent = open.at(-1)
    const own = localName(name)
    const path = parent === undefined ? '' : parent.path === '' ? own : `${parent.path}.${own}`
    if (open.length > maxDepth) {
      throw new RecordFault('too-deep', {
        zh: `${path.slice(0, 80)} 处嵌套过深`,
        en: `nested deeper than allowed at ${path.slice(0, 80)}`,
      })
    }
    if (parent !== undefined) parent.hasChildren = true
    open.push({ path, text: '', hasChildren: false })
    for (const [attribute, value] of Object.entries(attributes)) {
      if (attribute === 'xmlns' || attribute.startsWith('xmlns:')) continue
      add(path === '' ? `@${localName(attribute)}` : `${path}.@${localName(attribute)}`, String(value))
    }
  }
  parser.ontext = append
  parser.oncdata = append
  parser.onclosetag = () => {
    const closed = open.pop()
    if (closed === undefined || closed.path === '') return
    if (!closed.hasChildren || closed.text.trim() !== '') add(closed.path, closed.text)
  }
  function append(more: string): void {
    const current = open.at(-1)
    if (current !== undefined) current.text += more
  }

  try {
    parser.write(text).close()
  } catch (error) {
    if (error instanceof RecordFault) return { error: error.reason, hint: error.text }
    throw error
  }
  const fields: Record<string, string> = {}
  for (const [path, all] of values) fields[path] = all.length === 1 ? (all[0] ?? '') : JSON.stringify(all)
  return { fields }
}
