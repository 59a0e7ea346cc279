import type { Bilingual } from './bilingual.ts'
import type { RealmPolicy } from './policy.ts'

/** What two policies of one realm must share, as its time, its ticks and its places are counted by it. */
const KEPT = [
  ['realm', { zh: '数据域', en: 'realm' }],
  ['clock', { zh: '时钟', en: 'clock' }],
  ['demonstration', { zh: '演示标记', en: 'demonstration' }],
  ['zoneOffsetMinutes', { zh: '时区', en: 'zone' }],
  ['tickMinutes', { zh: '封存间隔', en: 'tick' }],
  ['periodDays', { zh: '汇总周期', en: 'period' }],
  ['placeGridMilliDegrees', { zh: '网格', en: 'grid of places' }],
] as const satisfies readonly (readonly [keyof RealmPolicy, Bilingual])[]

/** Why `next` cannot follow `before` while the system runs; empty where it can. */
export function successionFaults(before: RealmPolicy, next: RealmPolicy): readonly Bilingual[] {
  return KEPT.filter(([field]) => before[field] !== next[field]).map(([field, name]) => ({
    zh: `${name.zh}不可改变:${before[field]} → ${next[field]}`,
    en: `the ${name.en} cannot change: ${before[field]} → ${next[field]}`,
  }))
}
