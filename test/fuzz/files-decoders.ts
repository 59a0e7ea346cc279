import { readFileSync } from 'node:fs'
import { Rejected } from '../../core/errors.ts'
import { isRejectReason } from '../../core/reject.ts'
import { detectEncoding } from '../../ingest/decode/detect-encoding.ts'
import { unreadable } from '../../ingest/decode/record-scanner.ts'
import type { Row } from '../../ingest/decode/row.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import type { WorkbookFrame } from '../../ingest/decode/workbook-frame.ts'
import { createPartParser } from '../../ingest/decode/workbook-part.ts'
import { createSheet } from '../../ingest/decode/workbook-sheet.ts'
import { createXmlSplitter } from '../../ingest/decode/xml.ts'
import { compiled } from '../support/ingest-fixture.ts'
import { cityFeed } from './city-feed.ts'
import { cut } from './mutate.ts'
import type { FuzzedDecoder } from './run-decoder.ts'

const MAX_BYTES = 4_096
const LIMITS = { maxLineBytes: 1_024, maxDepth: 4 }

const penalties = cityFeed('penalties')
const records = readRows(
  { format: 'csv', required: [] },
  readFileSync(new URL('../../examples/penalties.csv', import.meta.url)),
)
  .slice(0, 3)
  .map(({ fields }) => Object.entries(fields ?? {}))

const element = (fields: readonly (readonly [string, string])[]) =>
  `<fields>${fields.map(([name, value]) => `<${name}>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`).join('')}</fields>`
const ENVELOPE = `<?xml version="1.0" encoding="UTF-8"?><ExchangeMessage><Header><sender>a</sender></Header><Body>${records
  .slice(0, 2)
  .map(element)
  .join('\n')}</Body></ExchangeMessage>`

const cell = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`
const row = (values: readonly string[]) => `<row>${values.map(cell).join('')}</row>`
const SHEET = `<worksheet><sheetData>${row(['a', 'b', 'c'])}${row(['1', '2', '3'])}<row r="9"><c r="A9" s="1"><v>46027.5</v></c><c r="C9" t="s"><v>0</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>`
const FRAME: WorkbookFrame = {
  sheetPart: '',
  from1904: false,
  strings: ['shared', '共享'],
  dateStyles: [false, true],
}

/** The decoders of files. Of a workbook its sheet, as inside the archive almost every change is a wrong checksum. */
export const FILES_FUZZED: readonly FuzzedDecoder[] = [
  {
    name: 'xml',
    maxBytes: MAX_BYTES,
    decode: (bytes, seed) => ({ rows: readXml(bytes, seed) }),
    feed: compiled({ ...penalties, format: 'xml' }, 'live'),
    corpus: [Buffer.from(ENVELOPE), Buffer.from(element(records[2] ?? [])), Buffer.from('<r><fields a="1"/></r>')],
    tokens: [
      '<fields>',
      '</fields>',
      '<fields/>',
      '<a>',
      '</a>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<!DOCTYPE x [<!ENTITY y "z">]>',
      '&y;',
      '&#0;',
      '&#x110000;',
      '<?x',
      '?>',
      '"',
      "'",
      '<a><a><a><a><a>',
      'xmlns:',
      '\u0000',
    ],
    // A record within a tag that is none, found by the long run: it was taken for a list without records.
    kept: ['PLGAPE5c3JmoPGZpZWxkcy8+'],
    // A list without records, and nothing at all.
    mayBeNothing: (bytes) =>
      (
        Buffer.from(bytes)
          .toString('latin1')
          .match(/<[^!?/]/g) ?? []
      ).length <= 2,
  },
  {
    name: 'the sheet of a workbook',
    maxBytes: MAX_BYTES,
    decode: (bytes, seed) => ({ rows: readSheet(bytes, seed) }),
    corpus: [Buffer.from(SHEET)],
    tokens: [
      '<row>',
      '</row>',
      '<c>',
      '<c r="XFD1">',
      '<c t="s">',
      '<v>',
      '</v>',
      '1e999',
      '99999',
      '-1',
      '<t>',
      'NaN',
    ],
    // A header is no row.
    mayBeNothing: () => true,
  },
]

function readXml(bytes: Uint8Array, seed: number): Row[] {
  const encoding = detectEncoding(bytes)
  const splitter = createXmlSplitter({ ...LIMITS, required: penalties.required, encoding, recordElement: 'fields' })
  const rows = cut(Buffer.from(bytes), seed).flatMap((chunk) => splitter.push(chunk))
  return [...rows, ...splitter.end()]
}

function readSheet(bytes: Uint8Array, seed: number): Row[] {
  const sheet = createSheet(FRAME, { required: ['a'], maxLineBytes: LIMITS.maxLineBytes, characters: MAX_BYTES })
  const parser = createPartParser(sheet.handlers)
  try {
    for (const chunk of cut(Buffer.from(bytes), seed)) parser.write(chunk)
    parser.end()
  } catch (error) {
    if (!(error instanceof Rejected) || !isRejectReason(error.reason)) throw error
    return [...sheet.take(), unreadable(bytes, 0, 1, error.reason, error.text)]
  }
  return [...sheet.take(), ...sheet.end()]
}
