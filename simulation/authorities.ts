import { madeUpCode } from './identity.ts'

/** The 24 units that the city's policy names, with made-up codes of organs (category 11, organisation code `YX…`). */
export interface Authority {
  readonly id: string
  readonly zh: string
}

export const AUTHORITIES: readonly Authority[] = [
  { id: 'market-supervision', zh: '市场监管局' },
  { id: 'human-resources', zh: '人社局' },
  { id: 'ecology', zh: '生态环境局' },
  { id: 'emergency', zh: '应急管理局' },
  { id: 'housing', zh: '住建局' },
  { id: 'tax', zh: '税务局' },
  { id: 'transport', zh: '交通运输局' },
  { id: 'education', zh: '教育局' },
  { id: 'culture-tourism', zh: '文旅局' },
  { id: 'sport', zh: '体育局' },
  { id: 'urban-management', zh: '城乡管理局' },
  { id: 'public-security', zh: '公安局' },
  { id: 'financial-affairs', zh: '政府金融办' },
  { id: 'civil-affairs', zh: '民政局' },
  { id: 'planning-resources', zh: '规划和自然资源局' },
  { id: 'approval-service', zh: '行政审批服务管理局' },
  { id: 'development-reform', zh: '发改委' },
  { id: 'central-bank-branch', zh: '人行太原中心支行' },
  { id: 'finance', zh: '财政局' },
  { id: 'big-data', zh: '大数据应用局' },
  { id: 'civility-office', zh: '文明办' },
  { id: 'intermediate-court', zh: '中院' },
  { id: 'state-assets', zh: '国资委' },
  { id: 'cyberspace', zh: '网信办' },
]

const BY_CAUSE: Readonly<Record<string, string>> = {
  'unpaid-wages': 'human-resources',
  'workplace-safety': 'emergency',
  'fire-safety': 'emergency',
  'gas-safety': 'housing',
  pollution: 'ecology',
  'tax-arrears': 'tax',
}

/** Who is competent for a cause; the market regulator for all that is not named. */
export const competentFor = (cause: string): Authority => authorityById(BY_CAUSE[cause] ?? 'market-supervision')

export function authorityById(id: string): Authority {
  const found = AUTHORITIES.find((authority) => authority.id === id)
  if (found === undefined) throw new RangeError(`no authority ${id}`)
  return found
}

export const organCode = (authority: Authority): string =>
  madeUpCode('11', '140100', 1 + AUTHORITIES.indexOf(authority))
