import { Rejected } from '../../core/errors.ts'
import { readPart } from './workbook-part.ts'
import { tooFar, type Zip } from './zip.ts'

/** What has to be known of a workbook before a row of its sheet can be read. */
export interface WorkbookFrame {
  /** Name of the archive's entry that holds the sheet. */
  readonly sheetPart: string
  /** Days are counted from 1904 on. */
  readonly from1904: boolean
  readonly strings: readonly string[]
  /** By cell style: whether its numbers are dates. */
  readonly dateStyles: readonly boolean[]
}

/** Texts that cells share, in characters: a sheet of a million rows has fewer. */
const MOST_SHARED_CHARACTERS = 64 * 1024 ** 2

/** Errors: `Rejected` where it is no workbook, has no such sheet or shares more text than is held. */
export async function readFrame(zip: Zip, sheet: string | undefined): Promise<WorkbookFrame> {
  const { sheets, from1904 } = await readSheets(zip)
  const wanted = sheet === undefined ? sheets[0] : sheets.find(({ name }) => name === sheet)
  if (wanted === undefined) {
    const there = sheets.map(({ name }) => name).join(', ')
    throw new Rejected(
      'unreadable-archive',
      sheets.length === 0
        ? { zh: '不是 Excel 工作簿', en: 'not an Excel workbook' }
        : {
            zh: `没有工作表 ${sheet ?? ''},现有 ${there.slice(0, 200)}`,
            en: `there is no sheet ${sheet ?? ''} among ${there.slice(0, 200)}`,
          },
    )
  }
  const target = (await readTargets(zip)).get(wanted.relation) ?? ''
  const sheetPart = target.startsWith('/') ? target.slice(1) : `xl/${target}`
  return { sheetPart, from1904, strings: await readStrings(zip), dateStyles: await readDateStyles(zip) }
}

async function readSheets(zip: Zip) {
  const sheets: { readonly name: string; readonly relation: string }[] = []
  let from1904 = false
  await readPart(zip, 'xl/workbook.xml', {
    open(name, attributes) {
      if (name === 'sheet') sheets.push({ name: attributes.name ?? '', relation: attributes['r:id'] ?? '' })
      else if (name === 'workbookPr') from1904 = attributes.date1904 === '1' || attributes.date1904 === 'true'
    },
  })
  return { sheets, from1904 }
}

async function readTargets(zip: Zip): Promise<ReadonlyMap<string, string>> {
  const targets = new Map<string, string>()
  await readPart(zip, 'xl/_rels/workbook.xml.rels', {
    open(name, attributes) {
      if (name === 'Relationship') targets.set(attributes.Id ?? '', attributes.Target ?? '')
    },
  })
  return targets
}

/** Texts in their order; of a text in several fonts all pieces, of its reading aids none. */
async function readStrings(zip: Zip): Promise<readonly string[]> {
  const strings: string[] = []
  let characters = 0
  let current = ''
  let inText = false
  let inAid = false
  await readPart(zip, 'xl/sharedStrings.xml', {
    open(name) {
      if (name === 'si') current = ''
      else if (name === 'rPh') inAid = true
      else if (name === 't') inText = !inAid
    },
    text(text) {
      if (!inText) return
      current += text
      characters += text.length
      if (characters > MOST_SHARED_CHARACTERS)
        throw tooFar({
          zh: `共享字符串超过 ${MOST_SHARED_CHARACTERS} 个字符`,
          en: `more than ${MOST_SHARED_CHARACTERS} shared characters`,
        })
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'rPh') inAid = false
      else if (name === 'si') strings.push(current)
    },
  })
  return strings
}

/** ECMA-376 part 1, 18.8.30: the built-in formats that show a date, those of China among them. */
function isBuiltInDate(format: number): boolean {
  return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) || (format >= 45 && format <= 58)
}

async function readDateStyles(zip: Zip): Promise<readonly boolean[]> {
  const codes = new Map<number, string>()
  const styles: boolean[] = []
  let inCells = false
  await readPart(zip, 'xl/styles.xml', {
    open(name, attributes) {
      if (name === 'numFmt') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '')
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) {
        const format = Number(attributes.numFmtId ?? 0)
        const code = codes.get(format)
        styles.push(code === undefined ? isBuiltInDate(format) : showsDate(code))
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return styles
}

/** A format code with a day, month, year or hour outside its quoted words, colours and conditions. */
function showsDate(code: string): boolean {
  return /[ymdhs]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\./g, ''))
}
