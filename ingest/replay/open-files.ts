import { Rejected } from '../../core/errors.ts'
import type { FeedEncoding, FeedPolicy } from '../../core/feed-policy.ts'
import { fullHash } from '../../core/hash.ts'
import { detectEncoding, HEAD_BYTES } from '../decode/detect-encoding.ts'
import type { Row, RowFormat, RowOptions } from '../decode/row.ts'
import { createRowReader, encodingOf, formatOf } from '../decode/row-reader.ts'
import { isPacked, unpack } from '../decode/unpack.ts'
import { isZip, UNPACK_LIMITS } from '../decode/zip.ts'
import { fileAsReject, LOOKED_AT_BYTES } from '../file-as-reject.ts'
import type { SourceFile, Spool } from './files.ts'

/** A file of rows that can be read in their order, and again wherever each of them lies. */
export interface OpenedFile {
  readonly source: SourceFile
  readonly options: RowOptions & { readonly format: RowFormat }
  /** The name of the file that it came in. */
  readonly within: string
  /** The first bytes of that. */
  beginning(most: number): Uint8Array
  /** The file could not be unpacked: this one row is all that there is of it. */
  readonly torn?: Row
  /** All rows; the offset of each is its place in the source. */
  rows(): AsyncIterable<readonly Row[]>
}

type Opened = Omit<OpenedFile, 'within' | 'beginning'>

/** What can be read from its beginning any number of times. */
type Content = Pick<SourceFile, 'name' | 'hash' | 'chunks'>

const LOOK_BYTES = 4

/**
 * The files within a file, as every other way into the feed has them: of an archive all, unpacked into the spool within the
 * same bounds; of a workbook, whose rows have no bytes of their own, the rows as they would be kept. What cannot be unpacked
 * is one reject, and nothing of it is taken: the other files go on, as they do out of a folder.
 */
export async function openFiles(
  source: SourceFile,
  policy: FeedPolicy,
  said: { readonly encoding?: FeedEncoding },
  spool: () => Promise<Spool>,
): Promise<readonly OpenedFile[]> {
  const packed = { within: source.name, beginning: (most: number) => source.read(0, Math.min(source.bytes, most)) }
  try {
    const contents = await within(source)
    const opened: OpenedFile[] = []
    for (const content of contents) {
      const format = formatOf(policy, content.name, {})
      opened.push(
        format === 'xlsx'
          ? { ...(await openWorkbook(content, policy, await spool())), ...packed }
          : { ...openText(await readable(content, source, spool), policy, format, said), ...packed },
      )
    }
    return opened
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    return [{ ...unreadable(source, policy, error), ...packed }]
  }
}

function unreadable(source: SourceFile, policy: FeedPolicy, error: Rejected): Opened {
  const row = fileAsReject(source.read(0, Math.min(source.bytes, LOOKED_AT_BYTES)), error)
  return {
    source,
    options: { format: policy.format },
    torn: row,
    async *rows() {
      yield [row]
    },
  }
}

async function within(source: SourceFile): Promise<readonly Content[]> {
  const look = source.read(0, Math.min(source.bytes, LOOK_BYTES))
  if (!isPacked(look)) return [source]
  const unpacked = await unpack(source.name, source.chunks(), UNPACK_LIMITS)
  const [only] = unpacked
  // A workbook is an archive that is read as it is.
  if (isZip(look) && unpacked.length === 1 && only?.name === source.name) return [source]
  return unpacked.map(({ name, chunks }) => ({ name, hash: fullHash(`${source.hash}/${name}`), chunks }))
}

async function readable(content: Content, source: SourceFile, spool: () => Promise<Spool>): Promise<SourceFile> {
  return content === source ? source : (await spool()).keep(content.name, content.hash, content.chunks())
}

function openText(
  source: SourceFile,
  policy: FeedPolicy,
  format: RowFormat,
  said: { readonly encoding?: FeedEncoding },
): Opened {
  const wanted = encodingOf(policy, format, said)
  // Decided once for the file: its rows are read again in other company.
  const encoding = wanted === 'auto' ? detectEncoding(source.read(0, Math.min(source.bytes, HEAD_BYTES))) : wanted
  const options = { format, encoding }
  return { source, options, rows: () => createRowReader(policy, source.name, options)(source.chunks()) }
}

async function openWorkbook(content: Content, policy: FeedPolicy, spool: Spool): Promise<Opened> {
  const options = { format: 'xlsx', encoding: 'utf-8' } as const
  const read = () => createRowReader(policy, content.name, options)(content.chunks())
  const source = await spool.keep(content.name, content.hash, bytesOf(read()))
  return { source, options, rows: () => placed(read()) }
}

async function* bytesOf(batches: AsyncIterable<readonly Row[]>): AsyncIterable<Uint8Array> {
  for await (const rows of batches) yield Buffer.concat(rows.map(({ raw }) => raw))
}

/** Each row at the place that its bytes have in the spool. */
async function* placed(batches: AsyncIterable<readonly Row[]>): AsyncIterable<readonly Row[]> {
  let offset = 0
  for await (const rows of batches) {
    yield rows.map((row) => {
      const at = offset
      offset += row.raw.length
      return { ...row, offset: at }
    })
  }
}
