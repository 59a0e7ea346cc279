import { dateText, dayOfMonth, inOffice, monthOf, startOfDay, timeText, workdayFrom, yearOf } from '../calendar.ts'
import type { Enterprise } from '../enterprise.ts'
import { madeUpIdentityNumber, madeUpPerson } from '../identity.ts'
import { mix, unitAt } from '../random.ts'
import { at } from '../world.ts'
import type { DayContext } from './feed.ts'

export const REGISTRY_HEADER =
  '业务流水号,业务类型,统一社会信用代码,名称,主体类型,行业门类,行业代码,行政区划,纬度,经度,成立日期,登记状态,年度,法定代表人,法定代表人证件号,股东,实际控制人证件号,持股比例,事由,推送时间'
const KINDS = { company: '企业', 'sole-trader': '个体工商户', 'co-operative': '农民专业合作社' } as const
type Business = '设立' | '变更' | '注销' | '股权' | '年报' | '列入异常名录' | '移出异常名录' | '列入严重失信名单'

interface Extra {
  readonly number?: string
  readonly status?: '存续' | '注销'
  readonly year?: string
  readonly shareholder?: string
  readonly owner?: string
  readonly share?: string
  readonly ground?: string
}

/** Gives back the number under which it was recorded: a removal is the listing's own record, filed again. */
export function register(
  context: DayContext,
  business: Business,
  of: Enterprise,
  known: number,
  extra: Extra = {},
): string {
  const number = extra.number ?? `GS${dateText(context.day).replaceAll('-', '')}${context.serial()}`
  const line = `${number},${business},${of.uscc},${of.name},${KINDS[of.kind]},${of.trade.section},${of.trade.code},${of.district.code},${of.latitude},${of.longitude},${dateText(of.opened)},${extra.status ?? '存续'},${extra.year ?? ''},${of.representative},${of.representativeId},${extra.shareholder ?? ''},${extra.owner ?? ''},${extra.share ?? ''},${extra.ground ?? ''},${timeText(known)}`
  context.emit(known, line)
  return number
}

/** Groups own by chain: each company the next one, all in the end one person, whose number is the owner's key. */
function registerOwner(context: DayContext, of: Enterprise, known: number): void {
  const { enterprises, options } = context.world
  if (of.group >= 0) {
    const shareholder = of.parent < 0 ? madeUpPerson(900_000 + of.group) : at(enterprises, of.parent).name
    register(context, '股权', of, known, {
      shareholder,
      owner: madeUpIdentityNumber(900_000 + of.group),
      share: of.parent < 0 ? '100' : '70',
    })
  } else if (of.kind === 'company' && unitAt(options.seed, 80, of.index) < 0.15) {
    register(context, '股权', of, known, { shareholder: of.representative, owner: of.representativeId, share: '100' })
  }
}

/** The stock on the first day (from midnight on, in one delivery); afterwards who opens, changes, closes and reports. */
export function ordinaryRegistry(context: DayContext): void {
  const { world, day, random } = context
  const { firstDay, seed } = world.options
  if (day === firstDay) deliverStock(context)
  for (const of of (day > firstDay ? world.opening.get(day) : undefined) ?? []) {
    const known = inOffice(day, random.unit())
    register(context, '设立', of, known)
    registerOwner(context, of, known + 1000)
  }
  for (const of of world.closing.get(day) ?? [])
    register(context, '注销', of, inOffice(day, random.unit()), { status: '注销' })
  if (workdayFrom(day) === day) {
    for (let left = random.poisson(((0.03 * 1.4) / 365) * world.enterprises.length); left > 0; left--) {
      const of = world.draw.any(random.unit())
      const known = inOffice(day, random.unit())
      if (world.isOpen(of, day)) register(context, '变更', of, known, { ground: '经营范围变更' })
    }
  }
  if (day > firstDay) {
    if (monthOf(day) <= 6) annualReports(context, seed)
    if (monthOf(day) === 7 && dayOfMonth(day) >= 6 && dayOfMonth(day) < 26) listTheMissing(context, seed)
  }
}

function deliverStock(context: DayContext): void {
  const { world, day } = context
  let second = 0
  for (const of of world.enterprises) {
    if (of.opened > day || !world.isOpen(of, day)) continue
    const known = startOfDay(day) + Math.floor(second++ / 4) * 1000
    register(context, '设立', of, known)
    registerOwner(context, of, known)
  }
}

/** Reports on the year before, each enterprise on its own day between 1 January and 29 June; one in twenty or so never. */
function annualReports(context: DayContext, seed: number): void {
  const { world, day } = context
  const year = yearOf(day)
  const ordinal = day - Date.UTC(year, 0, 1) / 86_400_000
  for (const of of world.enterprises) {
    if (mix(seed, 81, of.index, year) % 180 !== ordinal) continue
    if (!world.isOpen(of, day) || of.opened > day - ordinal || missesReport(context, seed, of, year)) continue
    register(context, '年报', of, inOffice(day, unitAt(seed, 82, of.index, year)), { year: String(year - 1) })
  }
}

const missesReport = (context: DayContext, seed: number, of: Enterprise, year: number): boolean =>
  context.isSilent(of.index) || unitAt(seed, 83, of.index, year) < 0.035 * Math.min(of.badness, 4)

/** In July who has not reported is listed (经营异常名录); half make good and leave within four months. */
function listTheMissing(context: DayContext, seed: number): void {
  const { world, day, random } = context
  const year = yearOf(day)
  const january = Date.UTC(year, 0, 1) / 86_400_000
  for (const of of world.enterprises) {
    if (mix(seed, 84, of.index, year) % 20 !== dayOfMonth(day) - 6) continue
    if (!world.isOpen(of, day) || of.opened > january || !missesReport(context, seed, of, year)) continue
    const number = listAbnormal(context, of, '未按规定公示年度报告')
    const removed = inOffice(workdayFrom(day + 15 + random.below(100)), random.unit())
    if (random.chance(0.5)) register(context, '移出异常名录', of, removed, { number })
  }
}

export function listAbnormal(context: DayContext, of: Enterprise, ground: string): string {
  const listed = inOffice(workdayFrom(context.day), context.random.unit())
  return register(context, '列入异常名录', of, listed, { ground })
}
