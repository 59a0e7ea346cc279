import type { Bilingual } from '../../core/bilingual.ts'
import { createTextDecoder } from './decode-text.ts'
import { byteOrderMark, type RowLimits, unreadable } from './record-scanner.ts'
import type { Row, RowSplitter } from './row.ts'
import { findMarkup, type Markup } from './xml-markup.ts'
import { createXmlRowReader, localName } from './xml-record.ts'

/** The element that one record of the exchange envelope stands in; a policy names another in `recordElement`. */
export const DEFAULT_RECORD_ELEMENT = 'fields'

/** A name as elements have it, without its prefix. What else stands between the brackets is no element. */
const NAME = /^[\p{L}_][\p{L}\p{N}\p{M}_.·-]*$/u
/** Begins markup, and may stand inside none. */
const OPEN = 0x3c

/** Of a document in which no record can be found so many bytes are kept. */
const KEPT_HEAD_BYTES = 64 * 1024

export interface XmlLimits extends RowLimits {
  readonly recordElement: string
}

/**
 * Every element of the record's name, wherever it stands in its envelope, record by record: the document is never held
 * as a whole. What is wrong inside a record costs that record alone, as it ends with its own end tag. A DOCTYPE ends the
 * reading: nothing that needs one is accepted, so there are no entities to expand and none to fetch.
 */
export function createXmlSplitter(limits: XmlLimits): RowSplitter {
  const decode = createTextDecoder(limits.encoding)
  const readXmlRow = createXmlRowReader(limits, decode)
  let held: Buffer = Buffer.alloc(0)
  let heldOffset = 0
  let head: Buffer = Buffer.alloc(0)
  let started = false
  let done = false
  let count = 0
  /** Open elements outside records; what stands in a record is not counted. */
  let depth = 0
  let elements = 0
  /** Text that is no blank stands outside records; outside everything. */
  let hasText = false
  let isLoose = false
  /** Outside records: an end tag ends what never began, or a start tag is none. */
  let isBroken = false
  /** Absolute offsets: of the record being read or -1, and of where the search goes on. */
  let recordAt = -1
  let scanAt = 0
  /** Elements of the record's name that are open inside it. */
  let nested = 0
  /** The record passed the bound: only its end is looked for. */
  let skipping = false
  /** What ends a comment, section or instruction that is too long to be held. */
  let seeking: Markup['kind'] | undefined

  function nameOf(bytes: Buffer): string {
    return localName(decode(bytes) ?? '')
  }

  function fail(
    rows: Row[],
    raw: Buffer,
    offset: number,
    reason: 'forbidden-doctype' | 'line-too-long',
    hint: Bilingual,
  ) {
    rows.push(unreadable(raw.subarray(0, limits.maxLineBytes), offset, count + 1, reason, hint))
    done = true
  }

  function noteText(text: Buffer): void {
    if (hasText && (isLoose || depth > 0)) return
    if (text.every((byte) => byte <= 0x20)) return
    hasText = true
    isLoose ||= depth === 0
  }

  function opened(name: string, at: number, selfClosing: boolean): boolean {
    if (recordAt >= 0) {
      if (name === limits.recordElement && !selfClosing) nested++
      return false
    }
    elements++
    if (name === limits.recordElement) {
      recordAt = at
      nested = 0
      return selfClosing
    }
    if (!selfClosing) depth++
    return false
  }

  function closed(name: string): boolean {
    if (recordAt < 0) {
      depth--
      isBroken ||= depth < 0
      return false
    }
    if (name !== limits.recordElement) return false
    nested--
    return nested < 0
  }

  function finish(bytes: Buffer, end: number, rows: Row[]): void {
    if (!skipping) {
      count++
      rows.push(readXmlRow(bytes.subarray(recordAt - heldOffset, end - heldOffset), recordAt, count))
    }
    recordAt = -1
    skipping = false
  }

  function overflow(bytes: Buffer, rows: Row[]): void {
    skipping = true
    count++
    const from = recordAt - heldOffset
    const raw = bytes.subarray(from, from + limits.maxLineBytes)
    rows.push(
      unreadable(raw, recordAt, count, 'line-too-long', {
        zh: `超过 ${limits.maxLineBytes} 字节`,
        en: `longer than ${limits.maxLineBytes} bytes`,
      }),
    )
  }

  function scan(bytes: Buffer, rows: Row[], final: boolean): void {
    const end = heldOffset + bytes.length
    while (!done && scanAt < end) {
      const markup = findMarkup(bytes, scanAt - heldOffset, { gb18030: limits.encoding === 'gb18030', final, seeking })
      if (recordAt < 0 && seeking === undefined) {
        noteText(bytes.subarray(scanAt - heldOffset, markup.kind === 'none' ? undefined : markup.from))
      }
      if (markup.kind === 'none') {
        scanAt = end
        break
      }
      const at = heldOffset + markup.from
      if (markup.kind === 'doctype') {
        fail(rows, bytes.subarray(markup.from), at, 'forbidden-doctype', {
          zh: '不接受 DOCTYPE',
          en: 'a DOCTYPE is not accepted',
        })
        return
      }
      if (markup.to < 0) {
        scanAt = at
        if (seeking === undefined && (end - at <= limits.maxLineBytes || (recordAt >= 0 && !skipping))) break
        if (markup.kind === 'start' || markup.kind === 'end') {
          fail(rows, bytes.subarray(markup.from), at, 'line-too-long', {
            zh: '标签在限度之内没有结束',
            en: 'a tag does not end within the bound',
          })
          return
        }
        // The last two bytes may begin what ends it.
        seeking = markup.kind
        scanAt = Math.max(at, end - 2)
        break
      }
      seeking = undefined
      const after = heldOffset + markup.to
      if (markup.kind === 'start') {
        const name = nameOf(markup.name)
        if (recordAt < 0) isBroken ||= !NAME.test(name) || bytes.subarray(markup.from + 1, markup.to).includes(OPEN)
        if (opened(name, at, markup.selfClosing)) finish(bytes, after, rows)
      } else if (markup.kind === 'end' && closed(nameOf(markup.name))) {
        if (!skipping && after - recordAt > limits.maxLineBytes) overflow(bytes, rows)
        finish(bytes, after, rows)
      }
      scanAt = after
    }
    if (recordAt >= 0 && !skipping && end - recordAt > limits.maxLineBytes) overflow(bytes, rows)
  }

  function hold(bytes: Buffer): void {
    const wanted = Math.min(scanAt, recordAt >= 0 && !skipping ? recordAt : scanAt)
    held = bytes.subarray(Math.min(bytes.length, wanted - heldOffset))
    heldOffset = wanted
  }

  function take(chunk: Uint8Array, rows: Row[], final: boolean): void {
    const bytes =
      held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([held, chunk])
    if (!started) {
      if (bytes.length < 4 && !final) {
        held = bytes
        return
      }
      started = true
      scanAt = byteOrderMark(bytes)
    }
    if (count === 0 && head.length < KEPT_HEAD_BYTES) {
      head = Buffer.concat([head, bytes.subarray(head.length === 0 ? 0 : held.length)]).subarray(0, KEPT_HEAD_BYTES)
    }
    scan(bytes, rows, final)
    hold(bytes)
  }

  return {
    push(chunk) {
      const rows: Row[] = []
      if (!done && chunk.length > 0) take(chunk, rows, false)
      return rows
    },
    end() {
      const rows: Row[] = []
      if (!done && (started || held.length > 0)) take(Buffer.alloc(0), rows, true)
      if (done || !started || skipping) return rows
      if (recordAt >= 0) {
        rows.push(
          unreadable(held, heldOffset, count + 1, 'unreadable-line', {
            zh: '文档在本条记录中途结束',
            en: 'the document ends inside this record',
          }),
        )
        return rows
      }
      const isWhole = depth === 0 && !isBroken && !isLoose && held.length === 0 && seeking === undefined
      if (count === 0 && (elements !== 1 || hasText || !isWhole)) {
        // One empty element is a list without records; anything else has them under a name that nobody told us.
        const hint = {
          zh: `没有元素 <${limits.recordElement}>:请在规则的 recordElement 中写明记录的元素名`,
          en: `no element <${limits.recordElement}>: name the record's element in the policy as recordElement`,
        }
        rows.push(unreadable(head, 0, 1, 'unreadable-line', hint))
      } else if (!isWhole) {
        const hint = {
          zh: '文档被截断、标签不成对,或文档之外有文字',
          en: 'the document is cut short, its tags do not pair up, or text stands outside of it',
        }
        const [raw, offset] = held.length > 0 ? [held, heldOffset] : [head, 0]
        rows.push(unreadable(raw, offset, count + 1, 'unreadable-line', hint))
      }
      return rows
    },
  }
}

/** Records put together to a document that reads as they did; `prolog` is the beginning of the one they came from. */
export function composeXml(prolog: Uint8Array, records: readonly Uint8Array[]): Uint8Array {
  const beginning = Buffer.from(prolog.buffer, prolog.byteOffset, prolog.byteLength)
  const declared = beginning.indexOf('?>')
  const kept = beginning.subarray(0, declared < 0 ? byteOrderMark(beginning) : declared + 2)
  return Buffer.concat([kept, Buffer.from('<records>'), ...records, Buffer.from('</records>')])
}
