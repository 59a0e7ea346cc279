import { isUtf8 } from 'node:buffer'
import type { Bilingual } from '../../core/bilingual.ts'
import type { FeedEncoding } from '../../core/feed-policy.ts'
import { createTextDecoder } from './decode-text.ts'
import { LINE_FEED } from './record-scanner.ts'
import type { RowFormat } from './row.ts'

/** So much of a file is looked at before a row of it is read. */
export const LOOKED_AT_BYTES = 4 * 1024

const NAMES: Partial<Record<RowFormat, Bilingual>> = {
  csv: { zh: 'CSV', en: 'CSV' },
  ndjson: { zh: '每行一条 JSON', en: 'one JSON object a line' },
  json: { zh: 'JSON', en: 'JSON' },
  xml: { zh: 'XML', en: 'XML' },
  xlsx: { zh: 'Excel 工作簿(.xlsx)', en: 'an Excel workbook (.xlsx)' },
}

const ZIP: Bilingual = { zh: 'ZIP 压缩包或 Excel 工作簿', en: 'a ZIP archive or an Excel workbook' }
const OLD_OFFICE: Bilingual = {
  zh: '旧版 Office 文件(如 .xls,请另存为 .xlsx)',
  en: 'an old Office file (an .xls has to be saved as .xlsx)',
}
const PICTURE: Bilingual = { zh: '图片', en: 'a picture' }
const UTF_16: Bilingual = { zh: 'UTF-16 文本(请改用 UTF-8 或 GB 18030)', en: 'text in UTF-16 (use UTF-8 or GB 18030)' }
const HTML: Bilingual = { zh: '网页(HTML),例如登录页或错误页', en: 'a web page (HTML), as of a login or an error' }
const XML: Bilingual = { zh: 'XML', en: 'XML' }
const JSON_TEXT: Bilingual = { zh: 'JSON', en: 'JSON' }
const TEXT: Bilingual = { zh: '其他文本', en: 'other text' }
const BINARY: Bilingual = { zh: '二进制数据', en: 'binary data' }

/** How files of other kinds begin, in bytes as characters of Latin-1. */
const MAGIC: readonly (readonly [string, Bilingual])[] = [
  ['PK\u0003\u0004', ZIP],
  ['PK\u0005\u0006', ZIP],
  ['\u001f\u008b', { zh: 'gzip 压缩文件', en: 'a gzip file' }],
  ['\u00d0\u00cf\u0011\u00e0', OLD_OFFICE],
  ['%PDF', { zh: 'PDF 文档', en: 'a PDF document' }],
  ['\u0089PNG', PICTURE],
  ['\u00ff\u00d8\u00ff', PICTURE],
  ['GIF8', PICTURE],
  ['Rar!', { zh: 'RAR 压缩包(请改用 ZIP)', en: 'a RAR archive (use ZIP)' }],
  ["7z\u00bc\u00af'\u001c", { zh: '7z 压缩包(请改用 ZIP)', en: 'a 7z archive (use ZIP)' }],
  ['\u00ff\u00fe', UTF_16],
  ['\u00fe\u00ff', UTF_16],
]

/**
 * Why bytes that begin so are not what they are said to be, in format or in encoding; `undefined` where they may be, and
 * for the formats of devices, which look for their own frames. `auto`: the encoding is found by the bytes themselves.
 */
export function contentFault(format: RowFormat, encoding: FeedEncoding, head: Uint8Array): Bilingual | undefined {
  const said = NAMES[format]
  if (said === undefined || head.length === 0) return undefined
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, LOOKED_AT_BYTES))
  const is = otherThan(format, bytes)
  if (is !== undefined) return { zh: `应为 ${said.zh},实为${is.zh}`, en: `it should be ${said.en}, and is ${is.en}` }
  return format === 'xlsx' || encoding === 'auto' ? undefined : encodingFault(encoding, bytes)
}

function otherThan(format: RowFormat, bytes: Buffer): Bilingual | undefined {
  const beginning = bytes.toString('latin1', 0, 512)
  const known = MAGIC.find(([magic]) => beginning.startsWith(magic))?.[1]
  if (format === 'xlsx') return known === ZIP ? undefined : (known ?? textKind(beginning) ?? TEXT)
  if (known !== undefined) return known
  if (beginning.split('\0').length - 1 > beginning.length / 8) return BINARY
  const kind = textKind(beginning)
  if (format === 'csv') return kind
  if (format === 'xml') return kind === XML ? undefined : kind
  return kind === XML || kind === HTML ? kind : undefined
}

/** What a text is by its first sign, where that tells. */
function textKind(beginning: string): Bilingual | undefined {
  const text = beginning.replace(/^\u00ef\u00bb\u00bf/, '').trimStart()
  if (/^<(!doctype\s+html|html[\s>])/i.test(text)) return HTML
  if (/^<[?!a-z_]/i.test(text)) return XML
  return /^(\[\s*[[{"\]]|\{\s*["}])/.test(text) ? JSON_TEXT : undefined
}

/** Longest beginning of a character that may be cut off at the end of what is looked at. */
const CUT_BYTES = 3
/** A text of GB 18030 that is valid UTF-8 by chance is short. */
const TELLING_CHARACTERS = 3

function encodingFault(encoding: 'utf-8' | 'gb18030', bytes: Buffer): Bilingual | undefined {
  const isWhole = isUtf8Head(bytes)
  if (encoding === 'gb18030') {
    const telling = bytes.toString('utf8').match(/[\u4e00-\u9fff]/g)?.length ?? 0
    if (!isWhole || telling < TELLING_CHARACTERS) return undefined
    return {
      zh: '编码声明为 GB 18030,实为 UTF-8:请改 charset 或规则中的 encoding',
      en: 'it is said to be GB 18030 and is UTF-8: mend the charset, or encoding in the policy',
    }
  }
  if (isWhole || !isGb18030(bytes)) return undefined
  return {
    zh: '编码声明为 UTF-8,实为 GB 18030:请改 charset 或规则中的 encoding',
    en: 'it is said to be UTF-8 and is GB 18030: mend the charset, or encoding in the policy',
  }
}

function isUtf8Head(bytes: Buffer): boolean {
  for (let cut = 0; cut <= CUT_BYTES && cut <= bytes.length; cut++) {
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return true
  }
  return false
}

/** Whether every line that is not ASCII is of GB 18030 and none of UTF-8, and they are half of all: one alone is a bad row. */
function isGb18030(bytes: Buffer): boolean {
  const decode = createTextDecoder('gb18030')
  const lines = linesOf(bytes)
  const foreign = lines.filter((line) => line.some((byte) => byte > 0x7f))
  if (foreign.length === 0 || foreign.length < (lines.length - 1) / 2) return false
  return foreign.every((line) => !isUtf8(line) && decode(line) !== undefined)
}

/** The lines that are whole; of a file without a line end, all of it. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, from)) {
    lines.push(bytes.subarray(from, at))
    from = at + 1
  }
  const isAll = bytes.length < LOOKED_AT_BYTES
  if (from < bytes.length && (isAll || lines.length === 0)) lines.push(bytes.subarray(from))
  return lines
}
