import { competentFor, organCode } from '../authorities.ts'
import { dateText, inOffice, timeText, workdayFrom } from '../calendar.ts'
import { causeText } from '../causes.ts'
import type { Enterprise } from '../enterprise.ts'
import { at, cumulative } from '../world.ts'
import { csv, type DayContext } from './feed.ts'

const PER_YEAR = 0.07

/** The columns of the national edition of 2018 and, from the older one, DFBM (region) and SJC (time stamp). */
export const PENALTY_HEADER =
  'CF_XDR_MC,CF_XDR_SHXYM,CF_FRDB,CF_FR_ZJHM,CF_WSH,CF_WFXW,CF_SY,CF_YJ,CF_CFLB,CF_NR,CF_NR_FK,CF_NR_WFFF,CF_JDRQ,CF_YXQ,CF_GSJZQ,CF_CFJG,CF_CFJGDM,CF_SJLY,CF_SJLYDM,BZ,DFBM,SJC'

export type Severity = 'minor' | 'general' | 'serious'
const CATEGORIES: Readonly<Record<Severity, string>> = { minor: '警告', general: '罚款', serious: '责令停产停业' }

export interface Penalty {
  readonly of: Enterprise
  readonly cause: string
  readonly severity: Severity
}

/**
 * A decision of this day, filed one to six days later (seven working days are allowed). One in seven is repaired after
 * three to six months, one in fifty withdrawn: the same document number again, with a remark and a later stamp.
 */
export function decidePenalty(context: DayContext, { of, cause, severity }: Penalty): void {
  const { random, day, emit } = context
  const authority = competentFor(cause)
  const organ = organCode(authority)
  const yuan =
    severity === 'minor' ? 0 : Math.round(Math.exp(7.6 + random.normal() * 0.9 + (severity === 'serious' ? 2 : 0)))
  const number = `并${authority.zh.slice(0, 1)}罚〔${dateText(day).slice(0, 4)}〕${dateText(day).slice(5).replace('-', '')}${context.serial()}号`
  const content = severity === 'minor' ? '警告' : `${CATEGORIES[severity]}，并处罚款"${yuan}"元`
  const display = severity === 'serious' ? 1095 : severity === 'general' ? 365 : 90
  // A clerk's slip, rare: a digit of the code is wrong and fails its check.
  const code = random.chance(0.004) ? `${of.uscc.slice(0, 17)}${of.uscc.endsWith('0') ? '1' : '0'}` : of.uscc
  const filed = inOffice(workdayFrom(day + 1 + random.below(5)), random.unit())
  const head = [
    of.name,
    code,
    of.representative,
    of.representativeId,
    number,
    causeText(cause),
    `涉嫌${causeText(cause)}`,
    '有关法律法规',
    CATEGORIES[severity],
    csv(content),
    (yuan / 10_000).toFixed(4),
    '0',
    dateText(day),
    dateText(day + display),
    dateText(day + display),
    authority.zh,
    organ,
    authority.zh,
    organ,
  ].join(',')
  const row = (remark: string, stamp: number) => emit(stamp, `${head},${remark},${of.district.code},${timeText(stamp)}`)
  row('', filed)
  const fate = random.unit()
  if (fate < 0.02) row('撤销', inOffice(workdayFrom(day + 12 + random.below(20)), random.unit()))
  else if (fate < 0.16 && severity !== 'serious')
    row('已修复', inOffice(workdayFrom(day + 92 + random.below(90)), random.unit()))
}

export function ordinaryPenalties(context: DayContext): void {
  const { world, day, random } = context
  if (workdayFrom(day) !== day) return
  for (let left = random.poisson(((PER_YEAR * 1.4) / 365) * world.enterprises.length); left > 0; left--) {
    const of = world.draw.trouble(random.unit())
    const { causes } = of.trade
    const [cause] = at(causes, cumulative(causes.map(([, weight]) => weight))(random.unit()))
    const grade = random.unit()
    if (world.isOpen(of, day))
      decidePenalty(context, { of, cause, severity: grade < 0.35 ? 'minor' : grade < 0.93 ? 'general' : 'serious' })
  }
}
