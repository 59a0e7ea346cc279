import { authorityById } from '../authorities.ts'
import { dateText } from '../calendar.ts'
import { causeText } from '../causes.ts'
import { at } from '../world.ts'
import { type Filing, writtenDay } from './filing.ts'

const courtBulletins: Filing = {
  feed: 'court-bulletins',
  format: 'csv',
  columns:
    '名单类型,被执行人名称,统一社会信用代码,组织机构代码,案号,执行依据文号,执行法院,作出执行依据单位,立案时间,发布时间,法律生效文书确定的义务,履行情况,已履行部分,未履行部分,具体情形,涉及金额,地域,移出日期,行政区划,行业门类,更新时间'.split(
      ',',
    ),
  row({ n, of, day, random, filed }) {
    const lies = n % 5 === 4
    const year = dateText(day).slice(0, 4)
    return [
      lies ? '虚假诉讼失信人' : '失信被执行人',
      of.name,
      of.uscc,
      '',
      `(${year})晋01${lies ? '民初' : '执'}${n + 1}号`,
      lies ? '' : `(${year})晋01民终${n + 1}号`,
      '中院',
      '中院',
      writtenDay(day - 40, n),
      writtenDay(day, n),
      lies ? '' : '给付货款',
      lies ? '' : n % 7 === 3 ? '全部履行' : at(['全部未履行', '部分未履行'], n % 2),
      '',
      '',
      lies ? '捏造事实提起民事诉讼' : '有履行能力而拒不履行',
      lies ? '' : `${Math.round(Math.exp(10 + random.normal()))}${n % 3 === 0 ? '元' : ''}`,
      '山西',
      n % 6 === 5 ? writtenDay(day + 2, n) : '',
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

/** The list kinds of Credit China: 0 overview, 1 permit, 2 red list, 3 penalty, 4 watch list, 8 black list. */
const KINDS = ['0', '1', '2', '3', '4', '8'] as const
const KIND_NAMES = ['概览', '行政许可', '守信红名单', '行政处罚', '重点关注名单', '失信黑名单'] as const

const creditChina: Filing = {
  feed: 'credit-china-lists',
  format: 'csv',
  columns:
    'F_GUID,F_MDLB,F_QYMC,F_SHXYDM,F_ZZJGDM,F_FRDB,F_LRYY,F_SJLB,F_SJLY,F_XH,F_AH,F_ZXYJWH,F_PJZCJG,F_LRBM,F_NRLY,F_MDMC,F_FBSJ,F_ZXGXRQ,F_SJJE,F_RKSJ'.split(
      ',',
    ),
  row({ n, of, day, filed }) {
    const kind = n % KINDS.length
    const [cause] = at(of.trade.causes, 0)
    const bad = kind === 3 || kind === 5
    return [
      `G${String(n + 1).padStart(8, '0')}`,
      at(KINDS, kind),
      of.name,
      of.uscc,
      of.uscc.slice(8, 17),
      of.representative,
      kind > 1 && kind !== 2 ? `涉嫌${causeText(cause)}` : '',
      at(KIND_NAMES, kind),
      '信用中国',
      String(n + 1),
      kind === 1 || kind === 3 ? `国信〔${dateText(day).slice(0, 4)}〕${n + 1}号` : '',
      '',
      '',
      bad ? '市场监管局' : '发改委',
      kind === 0 ? '' : at(KIND_NAMES, kind),
      kind === 0 ? '' : `${at(KIND_NAMES, kind)}（示例）`,
      writtenDay(day, n),
      writtenDay(day + 1, n + 1),
      bad ? `${n + 1}000元` : '',
      filed,
    ]
  },
}

const SECTORS = ['金融', '养老', '幼教', '家政', '食品药品', '文化', '体育'] as const
const SECTOR_AUTHORITIES = [
  'financial-affairs',
  'civil-affairs',
  'education',
  'human-resources',
  'market-supervision',
  'culture-tourism',
  'sport',
] as const

const watchLists: Filing = {
  feed: 'watch-lists',
  format: 'csv',
  columns:
    '领域,主体名称,统一社会信用代码,列入日期,列入事由,列入机关,移出日期,移出事由,行政区划,行业门类,更新时间'.split(','),
  row({ n, of, day, filed }) {
    const sector = n % SECTORS.length
    const left = n % 5 === 3
    return [
      at(SECTORS, sector),
      of.name,
      of.uscc,
      writtenDay(day, n),
      n % 2 === 0 ? '预付卡跑路风险' : '多次被投诉且拒不整改',
      authorityById(at(SECTOR_AUTHORITIES, sector)).zh,
      left ? writtenDay(day + 2, n + 1) : '',
      left ? '已整改' : '',
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

const GROUNDS = [
  '未按规定公示年度报告',
  '通过登记的住所无法联系',
  '公示信息隐瞒真实情况',
  '未按责令期限公示信息',
] as const

const operationLists: Filing = {
  feed: 'operation-lists',
  format: 'csv',
  columns:
    '名录类型,企业名称,统一社会信用代码,列入日期,列入原因,列入决定机关,列入文号,移出日期,移出原因,移出决定机关,行政区划,行业门类,更新时间'.split(
      ',',
    ),
  row({ n, of, day, filed }) {
    const serious = n % 6 === 5
    const left = n % 4 === 1
    return [
      serious ? '严重违法失信名单' : n % 7 === 6 ? '经营异常 名录' : '经营异常名录',
      of.name,
      of.uscc,
      writtenDay(day, n),
      serious ? '被列入经营异常名录届满三年' : at(GROUNDS, n % GROUNDS.length),
      '市场监管局',
      `并市监异〔${dateText(day).slice(0, 4)}〕${n + 1}号`,
      left ? writtenDay(day + 1, n + 2) : '',
      left ? '已补报并公示' : '',
      left ? '市场监管局' : '',
      of.district.code,
      of.trade.section,
      filed,
    ]
  },
}

export const LIST_FILINGS: readonly Filing[] = [courtBulletins, creditChina, watchLists, operationLists]
