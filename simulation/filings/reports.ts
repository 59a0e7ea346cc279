import { authorityById } from '../authorities.ts'
import { dateText, startOfDay, timeText } from '../calendar.ts'
import { causeText } from '../causes.ts'
import { madeUpPhone } from '../identity.ts'
import { at } from '../world.ts'
import { type Filing, writtenDay } from './filing.ts'

/** `2026-03-02 14:05:00`, some hours into the day. */
const timeOf = (day: number, hour: number): string => timeText(startOfDay(day) + hour * 3_600_000)

const complaints12315: Filing = {
  feed: 'complaints-12315',
  format: 'csv',
  columns:
    '工单号,类型,登记时间,被投诉方名称,统一社会信用代码,问题类别,诉求内容,涉及金额,联系电话,处理机关,办理状态,办理结果,办结时间,经度,纬度,行政区划,行业门类,更新时间'.split(
      ',',
    ),
  row({ n, of, day, random, filed }) {
    const [cause] = at(of.trade.causes, n % of.trade.causes.length)
    const closed = n % 3 === 1
    const state = n % 8 === 6 ? '已撤回' : closed ? '已办结' : '办理中'
    return [
      `12315${dateText(day).replaceAll('-', '')}${n + 1}`,
      n % 4 === 0 ? '举报' : '投诉',
      timeOf(day, 9 + (n % 10)),
      of.name,
      of.uscc,
      `${causeText(cause)}问题`,
      '反映问题，请核实',
      n % 5 === 0 ? '' : `${100 + random.below(900)}.5`,
      madeUpPhone(random.below(100_000_000)),
      '市场监管局',
      state,
      state === '已办结' ? at(['调解成功', '调解不成', '立案', '不予受理'], n % 4) : '',
      state === '已办结' ? timeOf(day + 2, 15) : '',
      of.longitude,
      of.latitude,
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

const tolerantAcceptances: Filing = {
  feed: 'tolerant-acceptances',
  format: 'csv',
  columns:
    '受理编号,申请人名称,统一社会信用代码,事项名称,缺少材料,受理时间,承诺补齐日期,补齐时间,处理结果,受理机关,行政区划,行业门类,更新时间'.split(
      ',',
    ),
  row({ n, of, day, filed }) {
    const fate = at(['', '已补齐', '逾期补齐', '逾期未补齐', '撤回申请'], n % 5)
    return [
      `RQ${dateText(day).replaceAll('-', '')}${n + 1}`,
      of.name,
      of.uscc,
      `${of.trade.word}经营许可`,
      at(['场地使用证明', '健康证明', '消防验收意见'], n % 3),
      timeOf(day, 10),
      writtenDay(day + 15, n),
      fate === '已补齐' || fate === '逾期补齐' ? timeOf(day + 2, 16) : '',
      fate,
      '行政审批服务管理局',
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

const SCHEMES = [
  ['省公共信用综合评价2024版', '发改委'],
  ['纳税信用评价', '税务局'],
  ['市公共信用综合评价2019版', '发改委'],
] as const

const publicEvaluations: Filing = {
  feed: 'public-evaluations',
  format: 'csv',
  columns:
    '主体名称,统一社会信用代码,评价方案,评价等级,评价得分,评价日期,有效期至,评价机构,行政区划,行业门类,更新时间'.split(
      ',',
    ),
  row({ n, of, day, random, filed }) {
    const [scheme, authority] = at(SCHEMES, n % SCHEMES.length)
    const tax = authority === '税务局'
    return [
      of.name,
      of.uscc,
      scheme,
      tax ? at(['A', 'B', 'M', 'C', 'D'], n % 5) : at(['优', '良', '中', '差'], (n >> 1) % 4),
      tax ? '/' : `${400 + random.below(560)}`,
      writtenDay(day, n),
      writtenDay(day + 365, n),
      authority,
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

const reportUses: Filing = {
  feed: 'credit-report-uses',
  format: 'ndjson',
  columns: ['report_no', 'uscc', 'name', 'used_by', 'purpose', 'result', 'used_at', 'district', 'industry'],
  row: ({ n, of, day }) => [
    `XY${dateText(day).replaceAll('-', '')}${n + 1}`,
    n % 6 === 5 ? of.uscc.toLowerCase() : of.uscc,
    of.name,
    authorityById(at(['finance', 'approval-service', 'development-reform', 'housing'], n % 4)).zh,
    at(['招标投标', '行政审批', '资金扶持', '资质审查', '评优评先', '政府采购'], n % 6),
    n % 4 === 2 ? '不予支持' : '通过',
    timeOf(day, 11),
    of.district.code,
    of.trade.section,
  ],
}

const voluntaryRegistrations: Filing = {
  feed: 'voluntary-registrations',
  format: 'csv',
  columns:
    '登记编号,主体名称,统一社会信用代码,类别,内容,申报日期,核实状态,核实机关,核实日期,行政区划,行业门类,更新时间'.split(
      ',',
    ),
  row({ n, of, day, filed }) {
    const state = at(['待核实', '已核实', '待核实', '不实'], n % 4)
    const looked = state !== '待核实'
    return [
      `ZZ${dateText(day).replaceAll('-', '')}${n + 1}`,
      of.name,
      of.uscc,
      at(['资质证照', '市场经营', '合同履约', '社会公益'], (n >> 2) % 4),
      at(['质量管理体系认证', '年度供货合同', '合同按期履行', '志愿服务'], (n >> 2) % 4),
      writtenDay(day, n),
      state,
      looked ? '发改委' : '',
      looked ? writtenDay(day + 2, n + 1) : '',
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

const taxArrears: Filing = {
  feed: 'tax-arrears',
  format: 'csv',
  columns:
    '纳税人名称,统一社会信用代码,税种,所属期,欠税余额,公告日期,税务机关,清缴日期,行政区划,行业门类,更新时间'.split(','),
  row({ n, of, day, random, filed }) {
    const paid = n % 4 === 3
    return [
      of.name,
      of.uscc,
      at(['增值税', '企业所得税', '城镇土地使用税', '印花税'], n % 4),
      dateText(day - 90).slice(0, 7),
      paid
        ? '0.00'
        : `${n % 5 === 1 ? '¥' : ''}${(1_000 + random.below(90_000)).toLocaleString('en-US')}.${10 + random.below(90)}`,
      writtenDay(day, n),
      '税务局',
      paid ? writtenDay(day + 2, n) : '',
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

const utilityUse: Filing = {
  feed: 'utility-use',
  format: 'csv',
  columns: '户号,单位名称,统一社会信用代码,类别,所属月份,用量,金额,欠费,抄表日期,行政区划,行业门类,更新时间'.split(','),
  row({ n, of, day, random, filed }) {
    const kind = at(['自来水', '天然气', '电'], n % 3)
    const amount = n % 10 === 9 ? 0 : 20 + random.below(400)
    const price = at([4, 3, 1], n % 3)
    return [
      `H${String(of.index).padStart(6, '0')}`,
      of.name,
      of.uscc,
      kind,
      n % 2 === 0 ? dateText(day).slice(0, 7) : `${dateText(day).slice(0, 4)}年${Number(dateText(day).slice(5, 7))}月`,
      n % 8 === 7 ? '' : String(amount),
      `${amount * price}.00`,
      n % 6 === 2 ? `${amount * price}.00` : '0',
      writtenDay(day, n),
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

export const REPORT_FILINGS: readonly Filing[] = [
  complaints12315,
  tolerantAcceptances,
  publicEvaluations,
  reportUses,
  voluntaryRegistrations,
  taxArrears,
  utilityUse,
]
