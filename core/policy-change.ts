import type { Bilingual } from './bilingual.ts'

/** One difference between two policy sets, in words. */
export interface PolicyChange extends Bilingual {
  /** `indicators/court-listing`, `feeds/penalties`, `tables/causes`. */
  readonly place: string
}

const added = (place: string, { zh, en }: Bilingual): PolicyChange => ({
  place,
  zh: `新增${zh}`,
  en: `${en} added`,
})
const removed = (place: string, { zh, en }: Bilingual): PolicyChange => ({
  place,
  zh: `删除${zh}`,
  en: `${en} removed`,
})

/** How two collections of named items are told apart: what an item is called, where it stands, what changed within it. */
export interface Comparing<Item> {
  readonly place: (name: string) => string
  readonly label: (item: Item, name: string) => Bilingual
  readonly within: (before: Item, after: Item, name: string) => readonly PolicyChange[]
}

/** Items that only one side has, and what differs within those of both. */
export function diffItems<Item>(
  before: ReadonlyMap<string, Item>,
  after: ReadonlyMap<string, Item>,
  { place, label, within }: Comparing<Item>,
): PolicyChange[] {
  const changes: PolicyChange[] = []
  for (const [name, item] of after) if (!before.has(name)) changes.push(added(place(name), label(item, name)))
  for (const [name, item] of before) if (!after.has(name)) changes.push(removed(place(name), label(item, name)))
  for (const [name, item] of before) {
    const next = after.get(name)
    if (next !== undefined) changes.push(...within(item, next, name))
  }
  return changes
}

export function entriesOf<Item>(items: Readonly<Record<string, Item>> = {}): ReadonlyMap<string, Item> {
  return new Map(Object.entries(items))
}

/** A value that both sides have: nothing where they are equal. */
export function changed(place: string, name: Bilingual, before: unknown, after: unknown): PolicyChange[] {
  if (shown(before, 'zh') === shown(after, 'zh') && shown(before, 'en') === shown(after, 'en')) return []
  const say = (language: 'zh' | 'en') => `${shown(before, language)} → ${shown(after, language)}`
  return [{ place, zh: `${name.zh}:${say('zh')}`, en: `${name.en}: ${say('en')}` }]
}

/** A rule as a person reads it: texts and numbers as they are, a bilingual text in one language, the rest as JSON. */
function shown(value: unknown, language: 'zh' | 'en'): string {
  if (value === undefined) return '–'
  if (isBilingual(value)) return value[language]
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value)
}

function isBilingual(value: unknown): value is Bilingual {
  return typeof value === 'object' && value !== null && Object.keys(value).sort().join() === 'en,zh'
}

/** A piece of policy with each table of its set as the table's name: what changed in a table is said once, of the table. */
export function withTableNames(value: unknown, names: ReadonlyMap<object, string>): unknown {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null ? (names.get(inner) ?? inner) : inner,
  )
  return text === undefined ? undefined : (JSON.parse(text) as unknown)
}
