import { authorityById, competentFor, organCode } from '../authorities.ts'
import { dateText } from '../calendar.ts'
import { causeText } from '../causes.ts'
import { madeUpIdentityNumber } from '../identity.ts'
import { at } from '../world.ts'
import { type Filing, fullWidth, writtenDay } from './filing.ts'

const DECISIONS = [
  { category: '警告', content: '警告', remark: '' },
  { category: '罚款', content: '罚款人民币5,000元', remark: '' },
  { category: '罚款;没收违法所得', content: '没收违法所得，并处罚款 2.5 万元', remark: '' },
  { category: '责令停产停业', content: '责令停产停业，罚款30000元整', remark: '' },
  { category: '罚款', content: '罚款200元', remark: '已修复' },
] as const

/** The 双公示 columns of before 2018: other names for the same things, dates with slashes, a sum within a sentence. */
const olderPenalties: Filing = {
  feed: 'penalties',
  layout: 'before-2018',
  format: 'csv',
  columns:
    'CF_WSH,CF_CFMC,CF_CFLB1,CF_CFLB2,CF_SY,CF_YJ,CF_XDR_MC,CF_XDR_SHXYM,CF_XDR_ZDM,CF_XDR_GSDJ,CF_XDR_SWDJ,CF_XDR_SFZ,CF_FR,CF_JG,CF_JDRQ,CF_XZJG,CF_ZT,DFBM,SJC,BZ'.split(
      ',',
    ),
  row({ n, of, day }) {
    const [cause] = at(of.trade.causes, 0)
    const authority = competentFor(cause)
    const decision = at(DECISIONS, n % DECISIONS.length)
    const slashes = (on: number) => dateText(on).replaceAll('-', '/')
    return [
      `并${authority.zh.slice(0, 1)}罚〔${dateText(day).slice(0, 4)}〕旧${n + 1}号`,
      `${causeText(cause)}行政处罚`,
      decision.category,
      '',
      `涉嫌${causeText(cause)}`,
      '有关法律法规',
      of.name,
      of.uscc,
      of.uscc.slice(8, 17),
      '',
      '',
      '',
      of.representative,
      decision.content,
      slashes(day),
      authority.zh,
      n === 7 ? '1' : '0',
      of.district.code,
      slashes(day + 4),
      decision.remark,
    ]
  },
}

const olderPermits: Filing = {
  feed: 'permits',
  layout: 'before-2018',
  format: 'csv',
  columns:
    'XK_WSH,XK_XMMC,XK_SPLB,XK_NR,XK_XDR,XK_XDR_SHXYM,XK_XDR_ZDM,XK_XDR_GSDJ,XK_XDR_SWDJ,XK_XDR_SFZ,XK_FR,XK_JDRQ,XK_JZQ,XK_XZJG,XK_ZT,DFBM,SJC,BZ'.split(
      ',',
    ),
  row: ({ n, of, day }) => [
    `并审许旧〔${n + 1}〕号`,
    `${of.trade.word}经营许可`,
    n % 3 === 0 ? '核准' : '普通',
    of.trade.word,
    of.name,
    of.uscc,
    of.uscc.slice(8, 17),
    '',
    '',
    madeUpIdentityNumber(of.index),
    of.representative,
    dateText(day).replaceAll('-', '/'),
    n % 6 === 5 ? '' : dateText(day + 1826).replaceAll('-', '/'),
    '行政审批服务管理局',
    '0',
    of.district.code,
    dateText(day + 4).replaceAll('-', '/'),
    n === 11 ? '注销' : '',
  ],
}

const ACTS = [
  ['行政强制', 'emergency', '查封安全生产隐患场所', ''],
  ['行政确认', 'human-resources', '工伤认定', ''],
  ['行政征收', 'ecology', '环境保护税核定', '1.26'],
  ['行政给付', 'civil-affairs', '养老机构运营补贴', '3.5万元'],
  ['行政裁决', 'planning-resources', '土地权属争议裁决', '/'],
  ['行政补偿', 'housing', '征收补偿', '128.000001'],
  ['行政奖励', 'market-supervision', '质量奖', '10'],
  ['行政监督检查', 'market-supervision', '食品卫生监督检查', ''],
] as const

const administrativeActs: Filing = {
  feed: 'administrative-acts',
  format: 'csv',
  columns:
    '行为类别,行政相对人名称,统一社会信用代码,文书号,事项名称,金额,决定日期,公示日期,决定机关,决定机关代码,行政区划,行业门类,状态,更新时间'.split(
      ',',
    ),
  row({ n, of, day, filed }) {
    const [act, id, item, sum] = at(ACTS, n % ACTS.length)
    const authority = authorityById(id)
    return [
      act,
      of.name,
      n % 9 === 4 ? fullWidth(of.uscc) : of.uscc,
      `并${authority.zh.slice(0, 1)}行〔${dateText(day).slice(0, 4)}〕${n + 1}号`,
      item,
      sum,
      writtenDay(day, n),
      writtenDay(day + 2 + (n % 6), n),
      authority.zh,
      n % 4 === 3 ? '' : organCode(authority),
      of.district.code,
      of.trade.section,
      n === 13 ? '撤销' : '有效',
      filed,
    ]
  },
}

const CHANGES = [
  '法定代表人变更',
  '住所变更',
  '注册资本变更',
  '经营范围变更',
  '名称变更',
  '股东变更',
  '董事备案',
] as const

const registrationChanges: Filing = {
  feed: 'registration-changes',
  format: 'csv',
  columns: '变更流水号,统一社会信用代码,名称,变更事项,变更日期,行政区划,行业门类,更新时间'.split(','),
  row: ({ n, of, day, filed }) => [
    `BG${dateText(day).replaceAll('-', '')}${n + 1}`,
    of.uscc,
    of.name,
    at(CHANGES, n % CHANGES.length),
    writtenDay(day, n),
    of.district.code,
    of.trade.section,
    filed,
  ],
}

export const ACT_FILINGS: readonly Filing[] = [olderPenalties, olderPermits, administrativeActs, registrationChanges]
