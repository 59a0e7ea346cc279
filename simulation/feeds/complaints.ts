import { HOUR_MS } from '../../core/time.ts'
import { awake, dateText, inOffice, monthOf, timeText, weekdayOf, workdayFrom } from '../calendar.ts'
import { causeText } from '../causes.ts'
import type { Enterprise } from '../enterprise.ts'
import { madeUpPhone } from '../identity.ts'
import { at, cumulative } from '../world.ts'
import type { DayContext } from './feed.ts'

/** Complaints a year and enterprise; more in summer and before the new year, fewer at weekends. */
const PER_YEAR = 0.75
const SEASON = [1.15, 0.9, 1, 1, 1.05, 1.15, 1.2, 1.15, 1, 0.95, 0.9, 1.1]
const CHANNELS = ['电话', '网络', '微信'] as const
const WORDS: Readonly<Record<string, string>> = {
  'food-hygiene': '用餐后身体不适',
  'unpaid-wages': '工资未按时发放',
  'prepaid-card-runaway': '门店关门无法退卡',
}

export interface Complaint {
  readonly at: number
  readonly about: Enterprise
  readonly cause: string
  /** The caller named no shop: only the place is known. */
  readonly placeOnly: boolean
  /** Degrees off the enterprise's own point. */
  readonly off: readonly [number, number]
}

/** One call to the hotline: a row when it is taken, another of the same ticket when it is closed. */
export function fileComplaint(context: DayContext, { at: taken, about, cause, placeOnly, off }: Complaint): void {
  const { random, emit } = context
  const ticket = `12345${dateText(context.day).replaceAll('-', '')}${context.serial()}`
  const latitude = (Number(about.latitude) + off[0]).toFixed(5)
  const longitude = (Number(about.longitude) + off[1]).toFixed(5)
  const code = random.chance(0.03) ? about.uscc.toLowerCase() : about.uscc
  const who = placeOnly
    ? '"uscc":null,"name":null,"industry":""'
    : `"uscc":"${code}","name":"${about.name}","industry":"${about.trade.section}"`
  const head = `{"ticket":"${ticket}","accepted_at":"${timeText(taken)}",${who},"district":"${about.district.code}","category":"${causeText(cause)}","text":"${WORDS[cause] ?? '反映问题，请核实'}","lat":${latitude},"lon":${longitude},"channel":"${CHANNELS[random.below(3)] ?? '电话'}","phone":"${madeUpPhone(random.below(100_000_000))}"`
  emit(
    taken,
    `${head},"stage":"受理","closed_at":null,"hours":null,"satisfied":null,"updated_at":"${timeText(taken)}"}`,
  )
  if (!random.chance(0.8)) return
  const closed = inOffice(workdayFrom(context.day + 1 + random.below(12)), random.unit())
  const hours = Math.round((closed - taken) / HOUR_MS)
  const satisfied = random.chance(0.7) ? '满意' : '不满意'
  emit(
    closed,
    `${head},"stage":"办结","closed_at":"${timeText(closed)}","hours":${hours},"satisfied":"${satisfied}","updated_at":"${timeText(closed)}"}`,
  )
}

export function ordinaryComplaints(context: DayContext): void {
  const { world, day, random } = context
  const rate = (PER_YEAR / 365) * (SEASON[monthOf(day) - 1] ?? 1) * (weekdayOf(day) > 4 ? 0.8 : 1.08)
  for (let left = random.poisson(rate * world.enterprises.length); left > 0; left--) {
    const about = world.draw.trouble(random.unit())
    const taken = awake(day, random.unit())
    if (!world.isOpen(about, day)) continue
    const { causes } = about.trade
    const [cause] = at(causes, cumulative(causes.map(([, weight]) => weight))(random.unit()))
    fileComplaint(context, {
      at: taken,
      about,
      cause,
      placeOnly: random.chance(0.18),
      off: [random.normal() * 0.0004, random.normal() * 0.0005],
    })
  }
}
