const OPEN = 0x3c
const CLOSE = 0x3e
const SLASH = 0x2f
const BANG = 0x21
const QUESTION = 0x3f
const DOUBLE = 0x22
const SINGLE = 0x27

/** The next piece of markup. `from` and `to` are places in the bytes; `to` is -1 where it does not end in them. */
export type Markup =
  | { readonly kind: 'none' }
  | { readonly kind: 'doctype'; readonly from: number }
  | { readonly kind: 'comment' | 'cdata' | 'instruction'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'start' | 'end'
      readonly from: number
      readonly to: number
      readonly name: Buffer
      readonly selfClosing: boolean
    }

interface Search {
  readonly gb18030: boolean
  /** No more bytes will come. */
  readonly final: boolean
  /** The search begins inside such markup. */
  readonly seeking: Markup['kind'] | undefined
}

const NO_BYTES = Buffer.alloc(0)
/** `<![CDATA[` is the longest that has to be seen to know what begins. */
const LONGEST_OPENING = 9

/**
 * Works on bytes, so that records keep theirs. All that XML is marked with lies below 0x40, which neither UTF-8 nor
 * GB 18030 uses inside a character; the brackets that end a CDATA section alone do not, and are checked.
 */
export function findMarkup(bytes: Buffer, start: number, { gb18030, final, seeking }: Search): Markup {
  if (seeking === 'comment' || seeking === 'cdata' || seeking === 'instruction') {
    return { kind: seeking, from: start, to: endOf(bytes, start, seeking, gb18030) }
  }
  const from = bytes.indexOf(OPEN, start)
  if (from < 0) return { kind: 'none' }
  const next = bytes[from + 1]
  if (next === QUESTION) return { kind: 'instruction', from, to: endOf(bytes, from + 2, 'instruction', gb18030) }
  if (next === BANG) {
    const opening = bytes.toString('latin1', from, from + LONGEST_OPENING)
    if (opening.startsWith('<!--')) return { kind: 'comment', from, to: endOf(bytes, from + 4, 'comment', gb18030) }
    if (opening === '<![CDATA[') return { kind: 'cdata', from, to: endOf(bytes, from + 9, 'cdata', gb18030) }
    const couldBecome = '<!--'.startsWith(opening) || '<![CDATA['.startsWith(opening)
    return couldBecome && !final ? { kind: 'comment', from, to: -1 } : { kind: 'doctype', from }
  }
  const isEnd = next === SLASH
  const nameFrom = isEnd ? from + 2 : from + 1
  const to = isEnd ? bytes.indexOf(CLOSE, nameFrom) : endOfStartTag(bytes, nameFrom)
  const kind = isEnd ? 'end' : 'start'
  if (to < 0) return { kind, from, to: -1, name: NO_BYTES, selfClosing: false }
  const selfClosing = !isEnd && bytes[to - 1] === SLASH
  return { kind, from, to: to + 1, name: nameAt(bytes, nameFrom, to), selfClosing }
}

const TERMINATORS = { comment: '-->', cdata: ']]>', instruction: '?>' } as const

function endOf(bytes: Buffer, start: number, kind: keyof typeof TERMINATORS, gb18030: boolean): number {
  const terminator = TERMINATORS[kind]
  let at = bytes.indexOf(terminator, start, 'latin1')
  while (at >= 0 && gb18030 && kind === 'cdata' && isTrailByte(bytes, at, start)) {
    at = bytes.indexOf(terminator, at + 1, 'latin1')
  }
  return at < 0 ? -1 : at + terminator.length
}

/** In GB 18030 a byte after an odd run of high bytes is the second half of a character. */
function isTrailByte(bytes: Buffer, at: number, start: number): boolean {
  let run = 0
  while (at - run > start && (bytes[at - run - 1] ?? 0) > 0x80) run++
  return run % 2 === 1
}

function endOfStartTag(bytes: Buffer, start: number): number {
  let quote = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (quote !== 0) {
      if (byte === quote) quote = 0
    } else if (byte === DOUBLE || byte === SINGLE) quote = byte
    else if (byte === CLOSE) return at
  }
  return -1
}

function nameAt(bytes: Buffer, from: number, to: number): Buffer {
  let end = from
  while (end < to && (bytes[end] ?? 0) > 0x20 && bytes[end] !== SLASH) end++
  return bytes.subarray(from, end)
}
