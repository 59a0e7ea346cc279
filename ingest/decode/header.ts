import type { Bilingual } from '../../core/bilingual.ts'
import { joined } from '../../core/bilingual.ts'

/** What a header has to hold: all of the first, and one name of each group. */
export interface HeaderNeeds {
  readonly required: readonly string[]
  readonly oneOf?: readonly (readonly string[])[] | undefined
}

/** So many names are listed and compared; a header may have thousands. */
const MOST_NAMES = 60
const MOST_LETTERS = 40
/** What may be a person's number or phone: where a file has no header, its first row stands there. */
const LONG_NUMBER = /\d{6,}/

/** Why no row can be read under these names; `undefined` where all that is needed is there, once. */
export function headerFault(names: readonly string[], { required, oneOf = [] }: HeaderNeeds): Bilingual | undefined {
  const groups = [...required.map((name) => [name]), ...oneOf]
  const lacking = groups.filter((group) => !group.some((name) => names.includes(name)))
  if (lacking.length > 0) return joined([...lackOf(lacking), ...cameOf(groups, names), ...nearestOf(lacking, names)])
  const twice = required.filter((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice.length === 0) return undefined
  return { zh: `表头中 ${twice.join('、')} 重复出现`, en: `the header names ${twice.join(', ')} twice` }
}

type Groups = readonly (readonly string[])[]

const listed = (groups: Groups, or: string, and: string) =>
  groups
    .slice(0, MOST_NAMES)
    .map((group) => group.join(or))
    .join(and)

function lackOf(lacking: Groups): Bilingual[] {
  const [zh, en] = [listed(lacking, ' 或 ', '、'), listed(lacking, ' or ', ', ')]
  return [{ zh: `表头缺少列 ${zh}`, en: `the header lacks ${en}` }]
}

/** The columns that were expected and those that came; of what may be a row, nothing is repeated. */
function cameOf(groups: Groups, names: readonly string[]): Bilingual[] {
  const expected = {
    zh: `应有 ${listed(groups, ' 或 ', '、')}`,
    en: `expected are ${listed(groups, ' or ', ', ')}`,
  }
  const [only = ''] = names
  const separator = names.length === 1 ? [';', '\t', '|'].find((each) => only.includes(each)) : undefined
  if (separator !== undefined) {
    const shown = separator === '\t' ? 'Tab' : separator
    return [
      expected,
      { zh: `似以 ${shown} 分隔,应为逗号`, en: `it seems to be separated by ${shown} instead of commas` },
    ]
  }
  if (!groups.some((group) => group.some((name) => names.some((came) => isNear(name, came))))) {
    return [
      expected,
      { zh: '没有一个列名认得出,首行可能不是表头', en: 'no name is known: the first line may be no header' },
    ]
  }
  const came = names.slice(0, MOST_NAMES).map((name) => (mayBeShown(name) ? name : '…'))
  return [expected, { zh: `实有 ${came.join('、')}`, en: `there are ${came.join(', ')}` }]
}

function nearestOf(lacking: Groups, names: readonly string[]): Bilingual[] {
  const pairs = lacking.flatMap((group) =>
    group.flatMap((name) => {
      const near = names.slice(0, MOST_NAMES).filter((came) => mayBeShown(came) && isNear(name, came))
      const [nearest] = near.toSorted((left, right) => distance(name, left) - distance(name, right))
      return nearest === undefined ? [] : [`${nearest} → ${name}`]
    }),
  )
  if (pairs.length === 0) return []
  return [{ zh: `也许是 ${pairs.join('、')}`, en: `perhaps ${pairs.join(', ')}` }]
}

function mayBeShown(name: string): boolean {
  return name.length <= MOST_LETTERS && !LONG_NUMBER.test(name)
}

/** Alike but for a third of the letters, for capitals, width and signs. */
function isNear(name: string, came: string): boolean {
  const [left, right] = [plain(name), plain(came)]
  return right !== '' && distance(left, right) <= Math.floor(Math.max(left.length, right.length) / 3)
}

function plain(name: string): string {
  return name
    .slice(0, MOST_LETTERS)
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s_\-.()]/g, '')
}

/** Levenshtein's: how many letters have to be put in, taken out or exchanged. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...left].entries()) {
    const next = [i + 1]
    for (let j = 0; j < right.length; j++) {
      const changed = (row[j] ?? 0) + (letter === right[j] ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
