import { dayOfMonth, inOffice, isWorkday, previousMonth, timeText } from '../calendar.ts'
import type { Enterprise } from '../enterprise.ts'
import { unitAt } from '../random.ts'
import type { DayContext } from './feed.ts'

export const INSURANCE_HEADER =
  '统一社会信用代码,单位名称,行政区划,行业门类,所属月份,参保人数,应缴金额,实缴金额,欠缴金额,经办机构,核定时间'
const FIRST = 6
const DAYS = 10

/** The month that one enterprise's staff were insured, or not wholly: `paid` is the share of what was due. */
export function fileInsurance(context: DayContext, of: Enterprise, month: string, paid: number): void {
  const { world, day, emit } = context
  const known = inOffice(day, unitAt(world.options.seed, 60, of.index, day))
  const due = of.staff * 1180
  const part = Math.round(due * paid)
  emit(
    known,
    `${of.uscc},${of.name},${of.district.code},${of.trade.section},${month},${of.staff},${due}.00,${part}.00,${due - part}.00,人社局,${timeText(known)}`,
  )
}

/** Each employer's month is settled on its own day between the 6th and the 15th; who falls silent settles nothing. */
export function ordinaryInsurance(context: DayContext, arrears: ReadonlyMap<number, number>): void {
  const { world, day } = context
  const slot = dayOfMonth(day) - FIRST
  if (slot < 0 || slot >= DAYS || !isWorkday(day)) return
  const { seed } = world.options
  const month = previousMonth(day)
  for (const of of world.enterprises) {
    if (!of.insured || settlementSlot(seed, of.index, day, slot) !== slot) continue
    if (!world.isOpen(of, day) || of.opened > day - 30 || context.isSilent(of.index)) continue
    const short = unitAt(seed, 62, of.index, day) < 0.008 * of.badness
    fileInsurance(context, of, month, arrears.get(of.index) ?? (short ? 0.4 : 1))
  }
}

/** An employer's own slot, or, where that falls on a weekend, the next workday's (the 15th takes what is left). */
function settlementSlot(seed: number, index: number, day: number, today: number): number {
  const own = Math.floor(unitAt(seed, 61, index) * DAYS)
  let slot = own
  while (slot < DAYS - 1 && !isWorkday(day + slot - today)) slot += 1
  while (!isWorkday(day + slot - today)) slot -= 1
  return slot
}
