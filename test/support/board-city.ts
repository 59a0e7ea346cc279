import type { Bilingual } from '../../core/bilingual.ts'
import type { RealmCard, RealmNames } from '../../dashboards/board-model.ts'
import type { IndicatorFacts } from '../../dashboards/enterprise-page.ts'

/** A made-up city for looking at boards: codes and names only, no enterprise in it exists. */
export const CITY_CARD: RealmCard = {
  realm: 'demo',
  name: { zh: '模拟城市', en: 'Simulated city' },
  demonstration: true,
  clock: 'live',
  zoneOffsetMinutes: 480,
}

export const SECOND_CARD: RealmCard = {
  realm: 'history',
  name: { zh: '历史回放', en: 'Historic replay' },
  demonstration: false,
  clock: 'event',
  zoneOffsetMinutes: 480,
}

function named(table: Readonly<Record<string, readonly [string, string]>>): Record<string, Bilingual> {
  return Object.fromEntries(Object.entries(table).map(([code, [zh, en]]) => [code, { zh, en }]))
}

export const CITY_NAMES: RealmNames = {
  authorities: named({
    'market-supervision': ['市场监管局', 'Market supervision'],
    emergency: ['应急管理局', 'Emergency'],
    'fire-rescue': ['消防救援支队', 'Fire rescue'],
    'human-resources': ['人社局', 'Human resources'],
    ecology: ['生态环境局', 'Ecology'],
    'duty-centre': ['值班中心', 'Duty centre'],
  }),
  districts: named({
    '990101': ['城东区', 'Chengdong'],
    '990102': ['城西区', 'Chengxi'],
    '990103': ['河畔区', 'Hepan'],
    '990104': ['北岭区', 'Beiling'],
    '990105': ['南湖区', 'Nanhu'],
    '990106': ['高新区', 'High-tech Zone'],
    '990107': ['临港区', 'Lingang'],
    '990121': ['清溪县', 'Qingxi'],
    '990122': ['阳坡县', 'Yangpo'],
    '990181': ['古渡市', 'Gudu'],
  }),
  industries: named({
    B: ['采矿业', 'Mining'],
    C: ['制造业', 'Manufacturing'],
    D: ['电力、热力、燃气及水生产和供应业', 'Energy and water supply'],
    E: ['建筑业', 'Construction'],
    F: ['批发和零售业', 'Wholesale and retail'],
    G: ['交通运输、仓储和邮政业', 'Transport, storage and post'],
    H: ['住宿和餐饮业', 'Hotels and catering'],
    J: ['金融业', 'Finance'],
    K: ['房地产业', 'Real estate'],
    N: ['水利、环境和公共设施管理业', 'Water, environment and public facilities'],
    O: ['居民服务、修理和其他服务业', 'Household, repair and other services'],
    P: ['教育', 'Education'],
    Q: ['卫生和社会工作', 'Health and social work'],
  }),
  causes: named({
    'food-hygiene': ['食品卫生', 'Food hygiene'],
    'unpaid-wages': ['拖欠工资', 'Unpaid wages'],
    fire: ['消防隐患', 'Fire safety'],
    discharge: ['超标排放', 'Excess discharge'],
    prepaid: ['预付费纠纷', 'Prepaid disputes'],
    gas: ['燃气泄漏', 'Gas leaks'],
  }),
  feeds: named({
    'penalty-records': ['行政处罚双公示', 'Penalties published'],
    'permit-records': ['行政许可双公示', 'Permits published'],
    'complaints-12345': ['12345 投诉举报', '12345 complaints'],
    'court-listings': ['失信被执行人', 'Court listings'],
    'emission-monitors': ['污染源在线监测', 'Emission monitors'],
    'kitchen-cameras': ['明厨亮灶视联', 'Kitchen cameras'],
    'fire-hosts': ['消防物联主机', 'Fire-alarm hosts'],
    'gas-sensors': ['燃气报警物联', 'Gas sensors'],
    'power-use': ['企业用电', 'Electricity use'],
    commitments: ['信用承诺', 'Credit commitments'],
  }),
  indicators: named({
    'penalty-decayed': ['近期行政处罚', 'Recent penalties'],
    'complaint-burst': ['投诉突增', 'Complaint burst'],
    'gas-over-limit': ['燃气浓度持续超限', 'Gas over limit'],
    'kitchen-hygiene': ['后厨违规行为', 'Kitchen violations'],
    'broken-commitment': ['承诺逾期未践诺', 'Broken commitment'],
    'power-drop': ['用电异常下降', 'Power use fell'],
    'tied-risk': ['关联企业风险', 'Risk of tied firms'],
  }),
}

const FAMILIES: Readonly<Record<string, readonly [IndicatorFacts['family'], number, boolean]>> = {
  'penalty-decayed': ['supervision', 320, true],
  'complaint-burst': ['society', 240, false],
  'gas-over-limit': ['conduct', 260, false],
  'kitchen-hygiene': ['conduct', 180, false],
  'broken-commitment': ['conduct', 160, true],
  'power-drop': ['conduct', 120, false],
  'tied-risk': ['ties', 150, false],
}

export const CITY_INDICATORS: Readonly<Record<string, IndicatorFacts>> = Object.fromEntries(
  Object.entries(FAMILIES).map(([id, [family, weight, basis]]) => [
    id,
    { name: CITY_NAMES.indicators[id] ?? { zh: id, en: id }, family, weight, basis },
  ]),
)

const TRADES: Readonly<Record<string, readonly string[]>> = {
  B: ['煤业', '矿山设备'],
  C: ['食品加工', '精密铸造', '新型材料', '涂装'],
  D: ['燃气', '热力'],
  E: ['建筑工程', '装饰工程', '劳务'],
  F: ['商贸', '生鲜超市', '医药连锁'],
  G: ['物流', '冷链仓储'],
  H: ['餐饮管理', '火锅', '酒店'],
  J: ['小额贷款', '投资咨询'],
  K: ['物业', '置业'],
  N: ['环保科技', '园林'],
  O: ['家政服务', '健身', '美容美发'],
  P: ['教育培训', '幼儿园'],
  Q: ['养老服务', '口腔门诊'],
}
const BRANDS = ['晨曦', '瑞泽', '鼎和', '云帆', '金谷', '同盛', '恒远', '清泉', '百川', '嘉禾', '锦程', '安泰']

export function enterpriseOf(index: number): {
  readonly enterprise: string
  readonly name: string
  readonly district: string
  readonly industry: string
} {
  const districts = Object.keys(CITY_NAMES.districts)
  const industries = Object.keys(CITY_NAMES.industries)
  const district = districts[(index * 7) % districts.length] ?? ''
  const industry = industries[(index * 5 + 6) % industries.length] ?? ''
  const trades = TRADES[industry] ?? ['商贸']
  const brand = BRANDS[(index * 11) % BRANDS.length] ?? ''
  const trade = trades[index % trades.length] ?? ''
  return {
    enterprise: `uscc:91${district}MA${String(index).padStart(7, '0')}X`,
    name: `${brand}${trade}有限公司`,
    district,
    industry,
  }
}
