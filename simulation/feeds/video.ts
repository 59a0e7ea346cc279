import { awake, dateText, inOffice, timeText } from '../calendar.ts'
import { at } from '../world.ts'
import type { DayContext } from './feed.ts'

/** Events of kitchens under bright light (明厨亮灶) a day and camera; vendors admit that a third are false. */
const PER_DAY = 0.35
const TYPES = ['未戴帽', '未戴口罩', '未穿工服', '吸烟', '地面积水', '垃圾桶未盖', '有害生物', '生熟混用'] as const

/** Seen by a machine, graded by its confidence; one in three is looked at by a person the next day and filed again. */
export function ordinaryVideo({ world, day, random, serial, emit }: DayContext): void {
  for (let left = random.poisson(PER_DAY * world.cameras.length); left > 0; left--) {
    const camera = at(world.cameras, random.below(world.cameras.length))
    const { enterprise } = camera
    const seen = awake(day, random.unit())
    const type = TYPES[random.below(random.chance(0.3) ? 8 : 6)] ?? '未戴帽'
    const confidence = 0.55 + 0.44 * random.unit()
    const grade = confidence > 0.9 ? 'high' : confidence > 0.7 ? 'medium' : 'low'
    const head = `{"event_id":"V${dateText(day).replaceAll('-', '')}${serial()}","uscc":"${enterprise.uscc}","district":"${enterprise.district.code}","industry":"${enterprise.trade.section}","camera":"${camera.id}","type":"${type}","confidence":${confidence.toFixed(2)},"grade":"${grade}","at":"${timeText(seen)}","pushed_at":"${timeText(seen + 4000)}"`
    emit(seen + 4000, `${head},"verified":null,"updated_at":"${timeText(seen + 4000)}"}`)
    if (!random.chance(0.33)) continue
    const looked = inOffice(day + 1, random.unit())
    emit(looked, `${head},"verified":"${random.chance(0.65) ? '属实' : '误报'}","updated_at":"${timeText(looked)}"}`)
  }
}
