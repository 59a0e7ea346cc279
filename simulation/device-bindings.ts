import { dateText, startOfDay, timeText } from './calendar.ts'
import { csv } from './feeds/feed.ts'
import { isPollutionMonitor, mnOf } from './monitor-frames.ts'
import { at, type World } from './world.ts'

const COLUMNS = '绑定编号,设备类型,设备编号,统一社会信用代码,启用日期,停用日期,登记部门,登记时间,备注'
const MOVED_DAYS = 90
const FIRST_USED_DAYS = 700
const NINE = 9 * 3_600_000

/**
 * Whose the world's devices are and were, as their authorities registered it on `day`: each stood at another enterprise
 * before it came to its own.
 */
export function bindingFile(world: World, day: number, count: number): string {
  const { devices, enterprises } = world
  const filed = timeText(startOfDay(day) + NINE)
  const moved = dateText(day - MOVED_DAYS)
  const rows = devices.flatMap((device, n) => {
    const isMonitor = isPollutionMonitor(device)
    const kind = isMonitor ? '污染源自动监控' : '物联网网关'
    const number = isMonitor ? mnOf(device) : `yanshi/gateway-${device.index}`
    const office = isMonitor ? '生态环境局' : '市场监管局'
    const before = at(enterprises, (n * 13 + 1) % enterprises.length)
    const id = `BD${dateText(day).replaceAll('-', '')}${n + 1}`
    return [
      [`${id}A`, kind, number, before.uscc, dateText(day - FIRST_USED_DAYS), moved, office, filed, ''],
      [`${id}B`, kind, number, device.enterprise.uscc, moved, '', office, filed, ''],
    ]
  })
  return `${[COLUMNS, ...rows.slice(0, count).map((row) => row.map(csv).join(','))].join('\n')}\n`
}
