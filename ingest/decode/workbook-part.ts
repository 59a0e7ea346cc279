import type { SAXParser } from 'sax'
import { Rejected } from '../../core/errors.ts'
import { createStrictParser } from './strict-xml.ts'
import type { Zip } from './zip.ts'

export type Attributes = Readonly<Record<string, string>>

export interface PartHandlers {
  open?(name: string, attributes: Attributes): void
  text?(text: string): void
  close?(name: string): void
}

/**
 * Feeds one part of a workbook, chunk by chunk, to its handlers; whoever iterates comes to speak after each chunk.
 * Errors: `Rejected` with `unreadable-archive`, `forbidden-doctype`, and what the handlers throw.
 */
export async function* parsePart(chunks: AsyncIterable<Uint8Array>, handlers: PartHandlers): AsyncIterable<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parser = partParser(handlers)
  for await (const chunk of chunks) {
    parser.write(decodePart(() => decoder.decode(chunk, { stream: true })))
    yield
  }
  parser.write(decodePart(() => decoder.decode())).close()
  yield
}

/** Reads a whole part, one that need not be there. */
export async function readPart(zip: Zip, name: string, handlers: PartHandlers): Promise<void> {
  const entry = zip.find(name)
  if (entry === undefined) return
  for await (const _ of parsePart(entry.chunks(), handlers));
}

function partParser(handlers: PartHandlers): SAXParser {
  const parser = createStrictParser((reason, hint) =>
    reason === 'forbidden-doctype' ? new Rejected(reason, hint) : new Rejected('unreadable-archive', hint),
  )
  parser.onopentag = ({ name, attributes }) => handlers.open?.(name, attributes as Attributes)
  parser.ontext = (text) => handlers.text?.(text)
  parser.oncdata = (text) => handlers.text?.(text)
  parser.onclosetag = (name) => handlers.close?.(name)
  return parser
}

function decodePart(decode: () => string): string {
  try {
    return decode()
  } catch (error) {
    if (error instanceof TypeError) {
      throw new Rejected('unreadable-archive', 'a part is not valid UTF-8', { cause: error })
    }
    throw error
  }
}
