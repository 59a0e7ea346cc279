import type { Bilingual } from './policy.ts'

/** One difference between two policy sets, in words. */
export interface PolicyChange extends Bilingual {
  /** `indicators/court-listing`, `feeds/penalties`, `tables/causes`. */
  readonly place: string
}

/** Names that only one side has, and those that both have. */
export function compareNames(before: Iterable<string>, after: Iterable<string>) {
  const [left, right] = [new Set(before), new Set(after)]
  return {
    added: [...right].filter((name) => !left.has(name)),
    removed: [...left].filter((name) => !right.has(name)),
    both: [...left].filter((name) => right.has(name)),
  }
}

export const added = (place: string, zh: string, en: string): PolicyChange => ({
  place,
  zh: `新增${zh}`,
  en: `${en} added`,
})
export const removed = (place: string, zh: string, en: string): PolicyChange => ({
  place,
  zh: `删除${zh}`,
  en: `${en} removed`,
})

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
