import { authorityById, organCode } from '../authorities.ts'
import { dateText, inOffice, timeText, workdayFrom } from '../calendar.ts'
import type { DayContext } from './feed.ts'

const PER_YEAR = 0.35
export const PERMIT_HEADER =
  'XK_XDR_MC,XK_XDR_SHXYM,XK_FRDB,XK_XKWS,XK_WSH,XK_XKLB,XK_XKZS,XK_XKBH,XK_NR,XK_JDRQ,XK_YXQZ,XK_YXQZI,XK_XKJG,XK_XKJGDM,XK_ZT,BZ,DFBM,SJC'
const CERTIFICATES: Readonly<Record<string, string>> = {
  H: '食品经营许可证',
  F: '食品经营许可证',
  E: '安全生产许可证',
  B: '采矿许可证',
  Q: '医疗机构执业许可证',
  P: '办学许可证',
}

/** Licences granted on a workday and filed within the week. */
export function ordinaryPermits({ world, day, random, serial, emit }: DayContext): void {
  if (workdayFrom(day) !== day) return
  const organ = organCode(authorityById('approval-service'))
  for (let left = random.poisson(((PER_YEAR * 1.4) / 365) * world.enterprises.length); left > 0; left--) {
    const of = world.draw.any(random.unit())
    const filed = inOffice(workdayFrom(day + random.below(6)), random.unit())
    const number = `${dateText(day).replaceAll('-', '')}${serial()}`
    if (!world.isOpen(of, day)) continue
    const certificate = CERTIFICATES[of.trade.section] ?? '备案凭证'
    // A licence that could not be filed under the code it names: full-width digits, as some clerks type.
    const code = random.chance(0.01)
      ? of.uscc.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
      : of.uscc
    emit(
      filed,
      [
        of.name,
        code,
        of.representative,
        '准予许可决定书',
        `并审许〔${number}〕号`,
        '普通',
        certificate,
        `XK${number}`,
        of.trade.word,
        dateText(day),
        dateText(day),
        dateText(day + 1826),
        '行政审批服务管理局',
        organ,
        '1',
        '',
        of.district.code,
        timeText(filed),
      ].join(','),
    )
  }
}
