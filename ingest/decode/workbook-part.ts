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

export interface PartParser {
  /** Errors: `Rejected` with `unreadable-archive`, `forbidden-doctype`, and what the handlers throw. */
  write(bytes: Uint8Array): void
  end(): void
}

/** Feeds one part of a workbook, piece by piece, to its handlers. */
export function createPartParser(handlers: PartHandlers): PartParser {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parser = strictParser(handlers)
  return {
    write: (bytes) => void parser.write(decodePart(() => decoder.decode(bytes, { stream: true }))),
    end: () => void parser.write(decodePart(() => decoder.decode())).close(),
  }
}

/** Reads a whole part, one that need not be there. */
export async function readPart(zip: Zip, name: string, handlers: PartHandlers): Promise<void> {
  const entry = zip.find(name)
  if (entry === undefined) return
  const parser = createPartParser(handlers)
  for await (const chunk of entry.chunks()) parser.write(chunk)
  parser.end()
}

function strictParser(handlers: PartHandlers): SAXParser {
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
      throw new Rejected(
        'unreadable-archive',
        { zh: '其中一部分不是有效的 UTF-8', en: 'a part is not valid UTF-8' },
        { cause: error },
      )
    }
    throw error
  }
}
