import sax, { type SAXParser } from 'sax'
import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'

/** The typing of the package does not know the first. */
const OPTIONS = { strictEntities: true, xmlns: false }

/**
 * A parser that knows the five entities of XML itself and numbered characters, and no DOCTYPE: there is nothing that
 * could be expanded or fetched. What is not well-formed is thrown as `fault` makes it; the parser is then done with.
 */
export function createStrictParser(fault: (reason: RejectReason, hint: Bilingual) => Error): SAXParser {
  const strict = sax.parser(true, OPTIONS)
  strict.onerror = (error) => {
    throw fault('unreadable-line', {
      zh: `不是格式良好的 XML:${error.message.split('\n')[0] ?? ''}`,
      en: `not well-formed XML: ${error.message.split('\n')[0] ?? ''}`,
    })
  }
  strict.ondoctype = () => {
    throw fault('forbidden-doctype', { zh: '不接受 DOCTYPE', en: 'a DOCTYPE is not accepted' })
  }
  return strict
}
