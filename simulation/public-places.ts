import { MINUTE_MS } from '../core/time.ts'
import { dateText, startOfDay, timeText } from './calendar.ts'
import { DISTRICTS } from './city.ts'
import type { Enterprise } from './enterprise.ts'
import { csv } from './feeds/feed.ts'
import { unitAt } from './random.ts'
import { at, type World } from './world.ts'

const COLUMNS = '登记编号,场所编号,场所名称,统一社会信用代码,启用日期,停用日期,登记部门,登记时间,备注'
const TYPES = ['疏散通道堵塞', '安全出口上锁', '消防车通道占用', '电动自行车入室', '烟火'] as const
const OPENED_DAYS = 900
const CHANGED_DAYS = 60
const TEN = 10 * 3_600_000

/** A market or mall: several trade under one roof, and whoever runs the roof answers for its exits with them. */
interface Place {
  readonly id: string
  readonly name: string
  readonly now: readonly [Enterprise, Enterprise]
  /** Whose place the second has taken. */
  readonly before: Enterprise
}

function placesOf({ enterprises }: World): readonly Place[] {
  return DISTRICTS.flatMap(({ code, zh }) => {
    const [first, second, before] = enterprises.filter(({ district }) => district.code === code)
    if (first === undefined || second === undefined || before === undefined) return []
    return [{ id: `CS${code}-001`, name: `${zh}商场`, now: [first, second], before } satisfies Place]
  })
}

/** Who is and was at the world's public places, as registered on `day`: of each, one has taken another's rooms. */
export function placeBindingFile(world: World, day: number, count: number): string {
  const filed = timeText(startOfDay(day) + TEN)
  const changed = dateText(day - CHANGED_DAYS)
  const rows = placesOf(world).flatMap(({ id, name, now: [first, second], before }, n) => {
    const number = `CD${dateText(day).replaceAll('-', '')}${n + 1}`
    const opened = dateText(day - OPENED_DAYS)
    return [
      [`${number}A`, id, name, first.uscc, opened, '', '住建局', filed, ''],
      [`${number}B`, id, name, before.uscc, opened, changed, '住建局', filed, ''],
      [`${number}C`, id, name, second.uscc, changed, '', '住建局', filed, ''],
    ]
  })
  return `${[COLUMNS, ...rows.slice(0, count).map((row) => row.map(csv).join(','))].join('\n')}\n`
}

/** What cameras over the ways of these places see from `day` on, one event after the other; every seventh is looked at. */
export function placeEvents(world: World, day: number, count: number): string {
  const places = placesOf(world)
  const lines = Array.from({ length: count }, (_, n) => {
    const { id } = at(places, n % places.length)
    const seen = startOfDay(day) + (500 + n * 45) * MINUTE_MS
    const verified = n % 7 === 3 ? '属实' : n % 7 === 6 ? '误报' : null
    return JSON.stringify({
      event_id: `FV${dateText(day).replaceAll('-', '')}${String(n + 1).padStart(4, '0')}`,
      place: id,
      camera: `${id}-${(n % 3) + 1}`,
      type: at(TYPES, n % TYPES.length),
      confidence: Number((0.6 + 0.39 * unitAt(world.options.seed, 92, n)).toFixed(2)),
      at: timeText(seen),
      pushed_at: timeText(seen + 5_000),
      verified,
      updated_at: timeText(verified === null ? seen + 5_000 : seen + 180 * MINUTE_MS),
    })
  })
  return `${lines.join('\n')}\n`
}
