import { Refusal } from '../../core/errors.ts'
import { DAY_MS, MINUTE_MS, SHANGHAI_OFFSET_MINUTES } from '../../core/time.ts'

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const

/**
 * The first instant after `after` that a five-field cron expression names, on the clock of Asia/Shanghai. Knows `*`,
 * numbers, ranges, lists and steps. As in every cron, where day of month and weekday are both given either is enough.
 */
export function nextCron(expression: string, after: number): number {
  const fields = expression.trim().split(/\s+/)
  if (fields.length !== RANGES.length)
    throw new Refusal({ zh: `计划“${expression}”须有五个字段`, en: `The schedule "${expression}" needs five fields` })
  const [minutes, hours, days, months, weekdays] = fields.map((field, i) => readField(field, RANGES[i] ?? [0, 0]))
  const anyDay = fields[2] === '*'
  const anyWeekday = fields[4] === '*'
  const first = Math.floor(after / MINUTE_MS) * MINUTE_MS + MINUTE_MS
  for (let instant = first; instant < after + 5 * 366 * DAY_MS; instant += MINUTE_MS) {
    const local = new Date(instant + SHANGHAI_OFFSET_MINUTES * MINUTE_MS)
    const onDay = days?.has(local.getUTCDate()) ?? false
    const onWeekday = weekdays?.has(local.getUTCDay()) ?? false
    const dayFits = anyDay ? onWeekday : anyWeekday ? onDay : onDay || onWeekday
    if (!dayFits || !months?.has(local.getUTCMonth() + 1)) {
      instant += (23 - local.getUTCHours()) * 60 * MINUTE_MS + (59 - local.getUTCMinutes()) * MINUTE_MS
      continue
    }
    if (hours?.has(local.getUTCHours()) && minutes?.has(local.getUTCMinutes())) return instant
  }
  throw new Refusal({
    zh: `计划“${expression}”五年之内没有一个时刻`,
    en: `The schedule "${expression}" names no instant within five years`,
  })
}

function readField(field: string, [lowest, highest]: readonly [number, number]): ReadonlySet<number> {
  const values = new Set<number>()
  for (const part of field.split(',')) {
    const match = /^(?:(\*)|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part)
    if (match === null) throw new Refusal({ zh: `“${part}”不是计划的字段`, en: `"${part}" is no part of a schedule` })
    const [, star, from, to, step] = match
    const start = star === undefined ? Number(from) : lowest
    const end = star === undefined ? Number(to ?? (step === undefined ? from : highest)) : highest
    if (start < lowest || end > highest || start > end || step === '0')
      throw new Refusal({ zh: `“${part}”超出范围`, en: `"${part}" is out of range` })
    for (let value = start; value <= end; value += Number(step ?? 1)) values.add(value)
  }
  return values
}
