import type { Bilingual } from '../core/bilingual.ts'
import type { RealmPolicy } from '../core/policy.ts'
import type { WarningLevel } from '../core/risk.ts'
import type { AlertReason } from './alert-reason.ts'

const COLOURS: Readonly<Record<WarningLevel, Bilingual>> = {
  blue: { zh: '蓝色', en: 'blue' },
  yellow: { zh: '黄色', en: 'yellow' },
  orange: { zh: '橙色', en: 'orange' },
  red: { zh: '红色', en: 'red' },
}

/** The change in words, with what it means for the warning where the numbers alone do not say it. */
export function phrase(reason: AlertReason, change: Bilingual, level: WarningLevel): Bilingual {
  const colour = COLOURS[level]
  switch (reason) {
    case 'eased':
      return { zh: `${change.zh};降为${colour.zh}预警`, en: `${change.en}; eased to ${colour.en}` }
    case 'withdrawn':
      return { zh: `${change.zh};已低于预警线,预警撤回`, en: `${change.en}; below the warning line, withdrawn` }
    case 'subsided':
      return {
        zh: `${change.zh};已低于预警线,待承办人办结`,
        en: `${change.en}; below the warning line, yours to close`,
      }
    case 'ended':
      return { zh: `${change.zh};上升已结束`, en: `${change.en}; the rise is over` }
    case 'corrected':
      return {
        zh: `记录已更正,以本次为准:${change.zh}`,
        en: `Records were corrected, this replaces what you had: ${change.en}`,
      }
    default:
      return change
  }
}

/** An indicator's part in a risk. */
export type Part = readonly [indicator: string, points: number]

const NAMED_PARTS = 3

/** `风险由 412 升至 655:食品安全处罚(+210)、投诉激增(+95)`: the parts that moved most, in the direction of the risk. */
export function describeRiskChange(
  before: { readonly risk: number; readonly parts: readonly Part[] },
  after: { readonly risk: number; readonly parts: readonly Part[] },
  policy: Pick<RealmPolicy, 'indicators'>,
): Bilingual {
  const direction = after.risk >= before.risk ? 1 : -1
  const moved = new Map<string, number>(after.parts)
  for (const [indicator, points] of before.parts) moved.set(indicator, (moved.get(indicator) ?? 0) - points)
  const top = [...moved]
    .filter(([, delta]) => delta * direction > 0)
    .sort(([a, left], [b, right]) => Math.abs(right) - Math.abs(left) || (a < b ? -1 : 1))
    .slice(0, NAMED_PARTS)
  const named = top.map(([indicator, delta]) => {
    const name = policy.indicators.find((each) => each.id === indicator)?.name ?? { zh: indicator, en: indicator }
    const points = delta > 0 ? `+${delta}` : `−${-delta}`
    return { zh: `${name.zh}(${points})`, en: `${name.en} (${points})` }
  })
  const zhParts = named.length === 0 ? '' : `:${named.map((each) => each.zh).join('、')}`
  const enParts = named.length === 0 ? '' : `: ${named.map((each) => each.en).join(', ')}`
  if (after.risk === before.risk) return { zh: `风险为 ${after.risk}${zhParts}`, en: `Risk ${after.risk}${enParts}` }
  const rise = direction > 0
  return {
    zh: `风险由 ${before.risk} ${rise ? '升' : '降'}至 ${after.risk}${zhParts}`,
    en: `Risk ${rise ? 'up' : 'down'} from ${before.risk} to ${after.risk}${enParts}`,
  }
}

/** One industry's count in the window, and what its own past lets expect there. */
export interface IndustryRise {
  readonly industry: string
  readonly count: number
  readonly expected: number
}

/** `迎泽区「食品卫生」在 3 个行业同时上升:餐饮 12(平时 3.1)、…;同等强度的巧合每年预计 0.04 次`. */
export function describeCluster(
  district: string,
  cause: string,
  rises: readonly IndustryRise[],
  perYear: string,
  policy: Pick<RealmPolicy, 'districts' | 'industries' | 'causes'>,
): Bilingual {
  const place = policy.districts[district] ?? { zh: district, en: district }
  const what = policy.causes[cause] ?? { zh: cause, en: cause }
  const named = rises.map(({ industry, count, expected }) => {
    const name = policy.industries[industry] ?? { zh: industry, en: industry }
    return {
      zh: `${name.zh} ${count}(平时 ${expected.toFixed(1)})`,
      en: `${name.en} ${count} (usually ${expected.toFixed(1)})`,
    }
  })
  if (named.length === 0) {
    return {
      zh: `${place.zh}「${what.zh}」已无行业同时上升`,
      en: `${what.en} in ${place.en}: no industries rise together any more`,
    }
  }
  return {
    zh: `${place.zh}「${what.zh}」在 ${named.length} 个行业同时上升:${named.map((each) => each.zh).join('、')};同等强度的巧合每年预计 ${perYear} 次`,
    en: `${what.en} rises in ${named.length} industries of ${place.en} at once: ${named.map((each) => each.en).join(', ')}; chance alone would do this ${perYear} times a year`,
  }
}
