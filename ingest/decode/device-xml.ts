import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'
import { createStrictParser } from './strict-xml.ts'

/** A small document as texts by path below the root: `Info.AlarmType`; an element that comes again is listed again. */
export interface XmlLeaves {
  readonly root: string
  readonly leaves: ReadonlyMap<string, readonly string[]>
}

export interface XmlFault {
  readonly error: RejectReason
  readonly hint: Bilingual
}

const MOST_DEPTH = 8
/** Elements of a device's message; a list of channels is the longest and has some tens. */
const MOST_LEAVES = 512
/** Cameras write a bare ampersand into descriptions, which is no XML; it stands for itself. */
const BARE_AMPERSAND = /&(?!(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)/g

interface OpenElement {
  readonly path: string
  text: string
  isLeaf: boolean
}

/** Thrown out of the parser's callbacks, which know no other way out of a document. */
class Unreadable extends Error {
  readonly fault: XmlFault
  constructor(error: RejectReason, hint: Bilingual) {
    super(hint.en)
    this.fault = { error, hint }
  }
}

/** Reads one small XML document. Document types and entities of its own are refused; total, whatever the text. */
export function readXmlLeaves(text: string): XmlLeaves | XmlFault {
  try {
    return parse(text.includes('<![CDATA[') ? text : text.replace(BARE_AMPERSAND, '&amp;'))
  } catch (error) {
    if (error instanceof Unreadable) return error.fault
    throw error
  }
}

function parse(text: string): XmlLeaves {
  const parser = createStrictParser((reason, hint) => new Unreadable(reason, hint))
  const open: OpenElement[] = []
  const leaves = new Map<string, string[]>()
  let root = ''
  let count = 0
  const take = (more: string) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += more
  }
  parser.onopentag = ({ name }) => {
    const parent = open.at(-1)
    if (open.length >= MOST_DEPTH)
      throw new Unreadable('too-deep', { zh: `嵌套超过 ${MOST_DEPTH} 层`, en: `nested deeper than ${MOST_DEPTH}` })
    if (++count > MOST_LEAVES)
      throw new Unreadable('unreadable-line', {
        zh: `元素超过 ${MOST_LEAVES} 个`,
        en: `more than ${MOST_LEAVES} elements`,
      })
    if (parent === undefined) root = name
    else parent.isLeaf = false
    const path = open.length < 2 ? name : `${parent?.path}.${name}`
    open.push({ path, text: '', isLeaf: true })
  }
  parser.ontext = take
  parser.oncdata = take
  parser.onclosetag = () => {
    const element = open.pop()
    if (element?.isLeaf !== true || open.length === 0) return
    leaves.set(element.path, [...(leaves.get(element.path) ?? []), element.text.trim()])
  }
  parser.write(text).close()
  if (root === '')
    throw new Unreadable('unreadable-line', {
      zh: '不是格式良好的 XML:没有元素',
      en: 'not well-formed XML: no element',
    })
  return { root, leaves }
}
