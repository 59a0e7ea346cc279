import { XMLParser } from 'fast-xml-parser'
import type { RejectReason } from '../../core/reject.ts'

/** A small document as texts by path below the root: `Info.AlarmType`; an element that comes again is listed again. */
export interface XmlLeaves {
  readonly root: string
  readonly leaves: ReadonlyMap<string, readonly string[]>
}

export interface XmlFault {
  readonly error: RejectReason
  readonly hint: string
}

const MOST_DEPTH = 8
/** Elements of a device's message; a list of channels is the longest and has some tens. */
const MOST_LEAVES = 512
/** Nothing that a device says needs them, and they are how a document grows without bound or reads a file of ours. */
const DECLARES_ENTITIES = /<!\s*(?:DOCTYPE|ENTITY)/i
const REFERENCE = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/g
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  processEntities: false,
  maxNestedTags: MOST_DEPTH,
})

/** Reads one small XML document. Document types and entities of its own are refused; total, whatever the text. */
export function readXmlLeaves(text: string): XmlLeaves | XmlFault {
  if (DECLARES_ENTITIES.test(text)) return fault('unreadable-line', 'a document type or an entity is declared')
  const parsed = parse(text)
  if ('error' in parsed) return parsed
  const [[root, content] = ['', undefined]] = parsed.document
  const leaves = new Map<string, string[]>()
  let left = MOST_LEAVES
  const collect = (value: unknown, path: string): void => {
    if (Array.isArray(value)) for (const each of value) collect(each, path)
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) collect(inner, join(path, name))
    } else if (left-- > 0) leaves.set(path, [...(leaves.get(path) ?? []), plain(String(value))])
  }
  collect(content, '')
  if (left < 0) return fault('unreadable-line', `more than ${MOST_LEAVES} elements`)
  return { root, leaves }
}

/** The document's one root with its content, or why there is none. The parser throws plain errors over content. */
function parse(text: string): { readonly document: (readonly [string, unknown])[] } | XmlFault {
  try {
    return { document: Object.entries<unknown>(parser.parse(text, true)) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (/nested tags/i.test(error.message)) return fault('too-deep', `nested deeper than ${MOST_DEPTH}`)
    return fault('unreadable-line', 'not valid XML')
  }
}

function join(path: string, name: string): string {
  if (name === '#text') return path
  return path === '' ? name : `${path}.${name}`
}

/** The five references that XML itself knows, and characters by number; others stay as they were written. */
function plain(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(REFERENCE, (written, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return NAMED[name] ?? written
    const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : written
  })
}

function fault(error: RejectReason, hint: string): XmlFault {
  return { error, hint }
}
