import type { Present } from '../core/present.ts'
import type { FeedHealth } from '../core/risk.ts'
import { toLocalIso } from '../core/time.ts'
import type { Warning } from '../core/warning.ts'
import type { Language } from './language.ts'

const LEVELS = {
  blue: { zh: '蓝', en: 'blue' },
  yellow: { zh: '黄', en: 'yellow' },
  orange: { zh: '橙', en: 'orange' },
  red: { zh: '红', en: 'red' },
} as const

/** One line of what a realm does: how much comes in, how late it is shown, and the newest warning with its reason. */
export function createConsoleLine(present: Present, realm: string, zoneOffsetMinutes: number, language: Language) {
  let before = { observations: 0, at: 0 }
  return async (now: number): Promise<string> => {
    const [feeds, shards, warnings, positions] = await Promise.all([
      present.read(realm, 'feeds'),
      present.read(realm, 'shards'),
      present.read(realm, 'warnings'),
      present.readOne(realm, 'positions', 'published'),
    ])
    const healths = Object.values(feeds).map((text): FeedHealth => JSON.parse(text))
    const lines = healths.reduce((sum, health) => sum + health.lines, 0)
    const rate = before.at === 0 ? 0 : Math.round(((lines - before.observations) * 1000) / Math.max(1, now - before.at))
    before = { observations: lines, at: now }
    const sealed = Math.max(0, ...Object.values(shards).map((text) => Number(JSON.parse(text).sealedUntil)))
    const published = positions === undefined ? undefined : JSON.parse(positions)
    const delay = published === undefined ? '–' : `${Math.max(0, published.at - published.received)} ms`
    const open = Object.values(warnings).map((text): Warning => JSON.parse(text))
    const newest = open.reduce<Warning | undefined>(
      (best, one) => (best === undefined || one.raised > best.raised ? one : best),
      undefined,
    )
    const clock = sealed === 0 ? '–' : toLocalIso(sealed, zoneOffsetMinutes).slice(0, 16).replace('T', ' ')
    const told =
      newest === undefined ? '' : ` | ${LEVELS[newest.level][language]} ${newest.name}: ${newest.reason[language]}`
    return language === 'zh'
      ? `${clock} | ${rate} 条/秒,延迟 ${delay} | 未结预警 ${open.length}${told}`
      : `${clock} | ${rate} rows/s, delay ${delay} | ${open.length} open warnings${told}`
  }
}
