import ts from 'typescript'

const HAN = /\p{Script=Han}/u
const WORDS = /[A-Za-z]{2,}/

/** What a person reads first of an option or a command, or on the console: the place of the text among the arguments. */
const SPOKEN: Readonly<Record<string, number>> = {
  description: 0,
  option: 1,
  requiredOption: 1,
  argument: 1,
  announce: 0,
}

/** Texts of a module that are in one of the two languages alone, or that say in one what the other leaves out. */
export function oneLanguageTexts(file: string, text: string): string[] {
  if (!file.endsWith('.vue')) return inScript(file, text, 0)
  const script = /<script[^>]*>\n([\s\S]*?)<\/script>/.exec(text)
  const template = /<template>\n([\s\S]*)<\/template>/.exec(text)
  const before = (found: RegExpExecArray) => text.slice(0, found.index).split('\n').length
  return [
    ...(script === null ? [] : inScript(file, script[1] ?? '', before(script))),
    ...(template === null ? [] : inTemplate(file, template[1] ?? '', before(template))),
  ]
}

function inScript(file: string, text: string, linesBefore: number): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const say = (node: ts.Node, what: string) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart())
    found.push(`${file}:${line + 1 + linesBefore} ${what}: ${node.getText().replaceAll(/\s+/g, ' ').slice(0, 120)}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const fault = faultOfPair(fieldOf(node, 'zh'), fieldOf(node, 'en'))
      if (fault !== undefined) say(node, fault)
    }
    if (ts.isCallExpression(node)) {
      const spoken = spokenOf(node)
      if (spoken !== undefined && (!HAN.test(spoken) || !WORDS.test(spoken.replaceAll(HAN_RUN, ''))))
        say(node, 'one language')
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const HAN_RUN = /\p{Script=Han}+/gu

function faultOfPair(zh: ts.Expression | undefined, en: ts.Expression | undefined): string | undefined {
  if (zh === undefined && en === undefined) return undefined
  const [left, right] = [literalOf(zh), literalOf(en)]
  if (left === undefined || right === undefined) {
    const alone = left ?? right
    return alone !== undefined && (zh === undefined || en === undefined) && HAN.test(alone)
      ? 'without the other'
      : undefined
  }
  const sameWords = wordsIn(left) === wordsIn(right)
  if (!HAN.test(left) && !sameWords) return 'no Chinese under zh'
  if (HAN.test(right)) return 'Chinese under en'
  const missing = [...valuesOf(zh)].filter((value) => !valuesOf(en).has(value))
  const more = [...valuesOf(en)].filter((value) => !valuesOf(zh).has(value))
  return missing.length + more.length === 0 ? undefined : `only one names ${[...missing, ...more].join(', ')}`
}

function fieldOf(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of node.properties) {
    if (ts.isPropertyAssignment(property) && property.name.getText() === name) return property.initializer
  }
  return undefined
}

function wordsIn(text: string): string {
  return (text.match(/[A-Za-z]+/g) ?? []).join(' ')
}

/** The words of a literal, without what is put into it. */
function literalOf(node: ts.Expression | undefined): string | undefined {
  if (node === undefined) return undefined
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('…')
}

/** What is put into a text, apart from which language it is of and how a list is joined. */
function valuesOf(node: ts.Node | undefined): ReadonlySet<string> {
  const values = new Set<string>()
  const visit = (child: ts.Node): void => {
    if (ts.isTemplateSpan(child)) values.add(alike(child.expression.getText()))
    else ts.forEachChild(child, visit)
  }
  if (node !== undefined) visit(node)
  return values
}

function alike(expression: string): string {
  return expression
    .replaceAll(/'[^']*'|`[^`]*`/g, '…')
    .replaceAll(/\b(zh|en)(?=[A-Z]\w*\b)/g, '')
    .replaceAll(/\b(zh|en)\b/g, '…')
}

function spokenOf(node: ts.CallExpression): string | undefined {
  if (!ts.isPropertyAccessExpression(node.expression) && !ts.isIdentifier(node.expression)) return undefined
  const name = ts.isIdentifier(node.expression) ? node.expression.text : node.expression.name.text
  const place = SPOKEN[name]
  if (place === undefined) return undefined
  const text = literalOf(node.arguments[place])
  return text !== undefined && (WORDS.test(text) || HAN.test(text)) && !NAMES.test(text) ? text : undefined
}

/** What is no sentence of a language: a format, or the values that there are. */
const NAMES = /^[A-Z]+$|^[\w-]+(, [\w-]+)*$/

/** Texts between tags and in attributes that are read, written into a page instead of taken from the texts. */
function inTemplate(file: string, text: string, linesBefore: number): string[] {
  const bare = text.replaceAll(/\{\{[\s\S]*?\}\}|<!--[\s\S]*?-->/g, (found) => found.replaceAll(/[^\n]/g, ' '))
  const found: string[] = []
  const say = (at: number, words: string) =>
    found.push(`${file}:${bare.slice(0, at).split('\n').length + linesBefore} written into the page: ${words}`)
  for (const { index, 1: words = '' } of bare.matchAll(/>([^<>]+)</g)) if (isRead(words)) say(index, words.trim())
  for (const { index, 1: words = '' } of bare.matchAll(/\s(?:title|alt|placeholder|aria-label)="([^"]+)"/g)) {
    if (isRead(words)) say(index, words)
  }
  return found
}

function isRead(words: string): boolean {
  return HAN.test(words) || WORDS.test(words)
}
