import { dateText, inOffice, timeText, workdayFrom } from '../calendar.ts'
import type { Enterprise } from '../enterprise.ts'
import type { DayContext } from './feed.ts'

const PER_YEAR = 0.006

/** An enterprise listed for not obeying a judgment (失信被执行人); two in five fulfil it within half a year and leave. */
export function listByCourt(context: DayContext, of: Enterprise): void {
  const { random, day, emit } = context
  const listed = inOffice(workdayFrom(day), random.unit())
  const yuan = Math.round(Math.exp(10.5 + random.normal()))
  const head = `{"case_no":"(${dateText(day).slice(0, 4)})晋01执${dateText(day).slice(5).replace('-', '')}${context.serial()}号","uscc":"${of.uscc}","name":"${of.name}","district":"${of.district.code}","industry":"${of.trade.section}","court":"中院","filed_at":"${dateText(day - 40)}","published_at":"${timeText(listed)}","amount_yuan":${yuan},"duty":"给付货款","state":"全部未履行"`
  emit(listed, `${head},"removed_at":null,"updated_at":"${timeText(listed)}"}`)
  if (!random.chance(0.4)) return
  const left = inOffice(workdayFrom(day + 25 + random.below(160)), random.unit())
  emit(left, `${head},"removed_at":"${timeText(left)}","updated_at":"${timeText(left)}"}`)
}

export function ordinaryListings(context: DayContext): void {
  const { world, day, random } = context
  if (workdayFrom(day) !== day) return
  for (let left = random.poisson(((PER_YEAR * 1.4) / 365) * world.enterprises.length); left > 0; left--) {
    const of = world.draw.trouble(random.unit())
    if (world.isOpen(of, day) && of.kind !== 'sole-trader') listByCourt(context, of)
  }
}
