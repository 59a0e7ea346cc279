import { competentFor } from '../authorities.ts'
import { dateText, inOffice, timeText, workdayFrom } from '../calendar.ts'
import { causeText } from '../causes.ts'
import type { Enterprise } from '../enterprise.ts'
import { at, cumulative } from '../world.ts'
import type { DayContext } from './feed.ts'

const PER_YEAR = 0.6

export interface Visit {
  readonly of: Enterprise
  readonly cause: string
  readonly result: '合格' | '不合格' | '严重不合格'
}

/** A visit of this day, filed up to three days later; what was to be put right is filed again when it was. */
export function fileVisit(context: DayContext, { of, cause, result }: Visit): void {
  const { random, day, emit } = context
  const authority = competentFor(cause)
  const filed = inOffice(workdayFrom(day + random.below(4)), 0.5 + random.unit() / 2)
  const bad = result !== '合格'
  const deadline = bad ? `"${dateText(day + 15)}"` : 'null'
  const head = `{"check_no":"JC${dateText(day).replaceAll('-', '')}${context.serial()}","uscc":"${of.uscc}","name":"${of.name}","district":"${of.district.code}","industry":"${of.trade.section}","authority":"${authority.zh}","item":"${causeText(cause)}","mode":"双随机","checked_at":"${dateText(day)}","result":"${result}","deadline":${deadline}`
  emit(filed, `${head},"rectified_at":null,"filed_at":"${timeText(filed)}","updated_at":"${timeText(filed)}"}`)
  if (!bad || !random.chance(0.85)) return
  const again = inOffice(workdayFrom(day + 8 + random.below(30)), random.unit())
  emit(
    again,
    `${head},"rectified_at":"${timeText(again)}","filed_at":"${timeText(filed)}","updated_at":"${timeText(again)}"}`,
  )
}

export function ordinaryVisits(context: DayContext): void {
  const { world, day, random } = context
  if (workdayFrom(day) !== day) return
  for (let left = random.poisson(((PER_YEAR * 1.4) / 365) * world.enterprises.length); left > 0; left--) {
    const of = world.draw.inspected(random.unit())
    const { causes } = of.trade
    const [cause] = at(causes, cumulative(causes.map(([, weight]) => weight))(random.unit()))
    const bad = random.unit() < Math.min(0.9, 0.16 + 0.16 * of.badness)
    const serious = random.chance(0.12)
    if (world.isOpen(of, day))
      fileVisit(context, { of, cause, result: bad ? (serious ? '严重不合格' : '不合格') : '合格' })
  }
}
