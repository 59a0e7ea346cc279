import { authorityById, competentFor } from '../authorities.ts'
import { dateText, startOfDay, timeText } from '../calendar.ts'
import { causeText } from '../causes.ts'
import { at } from '../world.ts'
import { type Filing, writtenDay } from './filing.ts'

const REASONS = ['问题突出', '公共信用综合评价为差', '屡次被投诉', '列入重点关注名单'] as const
const OUTCOMES = ['已整改', '', '逾期整改', '', '未整改'] as const

/** An authority asks an enterprise to come and be told: a reminder, or a warning with a day by which it has to mend. */
export const interviews: Filing = {
  feed: 'interviews',
  format: 'csv',
  columns:
    '约谈编号,约谈类型,约谈机关,主体名称,统一社会信用代码,约谈事由,约谈时间,被约谈人职务,到场情况,整改要求,整改期限,整改完成日期,整改结果,行政区划,行业门类,更新时间'.split(
      ',',
    ),
  row({ n, of, day, filed }) {
    const [cause] = at(of.trade.causes, n % of.trade.causes.length)
    const authority = n % 4 === 1 ? authorityById('development-reform') : competentFor(cause)
    const isWarning = n % 3 === 2
    const outcome = at(OUTCOMES, n % OUTCOMES.length)
    return [
      `约〔${dateText(day).slice(0, 4)}〕${n + 1}号`,
      isWarning ? '警示约谈' : n % 7 === 3 ? '提醒约谈' : '提示约谈',
      authority.zh,
      of.name,
      of.uscc,
      `${causeText(cause)}${at(REASONS, n % REASONS.length)}`,
      timeText(startOfDay(day) + 10 * 3_600_000),
      at(['法定代表人', '主要负责人', '实际控制人'], n % 3),
      n % 8 === 6 ? '未到场' : '到场',
      '限期整改并书面报告',
      n % 6 === 3 ? '' : writtenDay(day + 10, n),
      outcome === '已整改' || outcome === '逾期整改' ? writtenDay(day + 2, n) : '',
      outcome,
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}
