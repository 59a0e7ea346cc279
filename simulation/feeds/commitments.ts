import { dateText, inOffice, timeText, workdayFrom } from '../calendar.ts'
import { causeText } from '../causes.ts'
import type { Enterprise } from '../enterprise.ts'
import { at } from '../world.ts'
import type { DayContext } from './feed.ts'

const PER_YEAR = 0.08

export interface Undertaking {
  readonly of: Enterprise
  readonly cause: string
  readonly dueInDays: number
  /** Days from the due date to the outcome; `undefined` where none ever comes. */
  readonly outcomeAfter: number | undefined
  readonly outcome: '已履行' | '未履行'
}

/** A credit commitment with a date (信用承诺, 容缺受理) and, when it is known, what became of it. */
export function giveUndertaking(
  context: DayContext,
  { of, cause, dueInDays, outcomeAfter, outcome }: Undertaking,
): void {
  const { random, day, emit } = context
  const made = inOffice(workdayFrom(day), random.unit())
  const due = day + dueInDays
  const head = `{"promise_no":"CN${dateText(day).replaceAll('-', '')}${context.serial()}","uscc":"${of.uscc}","name":"${of.name}","district":"${of.district.code}","industry":"${of.trade.section}","category":"${causeText(cause)}","made_at":"${timeText(made)}","due":"${dateText(due)} 23:59:59","text":"限期补齐材料并整改","signer":"${of.representative}","signer_id":"${of.representativeId}"`
  emit(made, `${head},"outcome":null,"outcome_at":null,"updated_at":"${timeText(made)}"}`)
  if (outcomeAfter === undefined) return
  const settled = inOffice(workdayFrom(Math.max(day + 2, due + outcomeAfter)), random.unit())
  emit(
    settled,
    `${head},"outcome":"${outcome}","outcome_at":"${timeText(settled)}","updated_at":"${timeText(settled)}"}`,
  )
}

export function ordinaryUndertakings(context: DayContext): void {
  const { world, day, random } = context
  if (workdayFrom(day) !== day) return
  for (let left = random.poisson(((PER_YEAR * 1.4) / 365) * world.enterprises.length); left > 0; left--) {
    const of = world.draw.any(random.unit())
    const fate = random.unit()
    const dueInDays = 15 + random.below(46)
    const days = random.below(12)
    if (!world.isOpen(of, day)) continue
    const [cause] = at(of.trade.causes, 0)
    const late = fate > 0.9
    const outcome = fate > 0.975 ? '未履行' : '已履行'
    giveUndertaking(context, {
      of,
      cause,
      dueInDays,
      outcomeAfter: fate > 0.99 ? undefined : late ? days + 1 : -days,
      outcome,
    })
  }
}
