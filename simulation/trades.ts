/** What a kind of business is like: GB/T 4754 section and class, share of the city, what it is complained about. Shares are our own guesses. */
export interface Trade {
  readonly section: string
  readonly code: string
  /** Word in its made-up name. */
  readonly word: string
  readonly share: number
  /** Complaints and penalties relative to the city's mean. */
  readonly trouble: number
  /** Share that has insured staff. */
  readonly insured: number
  /** Causes of what goes wrong, with weights. */
  readonly causes: readonly (readonly [cause: string, weight: number])[]
}

const wages: readonly [string, number] = ['unpaid-wages', 2]
const prepaid: readonly [string, number] = ['prepaid-card-runaway', 2]
const SHOP: Trade['causes'] = [
  ['counterfeit', 4],
  ['false-advertising', 3],
  ['price-fraud', 3],
  ['contract-breach', 2],
  wages,
]
const OFFICE: Trade['causes'] = [['contract-breach', 4], ['false-advertising', 2], ['false-registration', 2], wages]
const WORKS: Trade['causes'] = [['workplace-safety', 4], ['pollution', 3], ['fire-safety', 1], wages]

export const TRADES: readonly Trade[] = [
  {
    section: 'A',
    code: 'A0539',
    word: '农事服务社',
    share: 1.5,
    trouble: 0.4,
    insured: 0.05,
    causes: [
      ['contract-breach', 2],
      ['pollution', 1],
    ],
  },
  { section: 'B', code: 'B0610', word: '矿业公司', share: 0.4, trouble: 1.6, insured: 0.95, causes: WORKS },
  {
    section: 'C',
    code: 'C1411',
    word: '食品厂',
    share: 2,
    trouble: 1.3,
    insured: 0.6,
    causes: [['food-hygiene', 4], ['workplace-safety', 1], ['pollution', 1], wages],
  },
  { section: 'C', code: 'C2614', word: '化工厂', share: 0.8, trouble: 1.6, insured: 0.9, causes: WORKS },
  { section: 'C', code: 'C3329', word: '机械厂', share: 3.2, trouble: 0.8, insured: 0.8, causes: WORKS },
  {
    section: 'D',
    code: 'D4430',
    word: '供热站',
    share: 0.3,
    trouble: 1.1,
    insured: 0.9,
    causes: [
      ['contract-breach', 3],
      ['pollution', 2],
      ['gas-safety', 1],
    ],
  },
  {
    section: 'E',
    code: 'E4710',
    word: '建筑队',
    share: 4,
    trouble: 1.7,
    insured: 0.6,
    causes: [
      ['unpaid-wages', 6],
      ['workplace-safety', 4],
      ['pollution', 1],
      ['fire-safety', 1],
    ],
  },
  {
    section: 'E',
    code: 'E5011',
    word: '装修部',
    share: 2.5,
    trouble: 1.3,
    insured: 0.2,
    causes: [
      ['contract-breach', 4],
      ['unpaid-wages', 2],
      ['prepaid-card-runaway', 1],
    ],
  },
  {
    section: 'F',
    code: 'F5212',
    word: '超市',
    share: 12,
    trouble: 1,
    insured: 0.15,
    causes: [['food-hygiene', 3], ...SHOP],
  },
  {
    section: 'F',
    code: 'F5221',
    word: '食品店',
    share: 9,
    trouble: 0.9,
    insured: 0.08,
    causes: [
      ['food-hygiene', 5],
      ['counterfeit', 2],
      ['price-fraud', 2],
    ],
  },
  {
    section: 'F',
    code: 'F5251',
    word: '药店',
    share: 2,
    trouble: 1,
    insured: 0.4,
    causes: [
      ['counterfeit', 2],
      ['price-fraud', 3],
      ['false-advertising', 3],
    ],
  },
  { section: 'F', code: 'F5271', word: '商贸公司', share: 16, trouble: 0.8, insured: 0.3, causes: SHOP },
  {
    section: 'G',
    code: 'G5431',
    word: '货运站',
    share: 3.5,
    trouble: 0.8,
    insured: 0.4,
    causes: [['contract-breach', 3], ['workplace-safety', 2], wages],
  },
  {
    section: 'H',
    code: 'H6110',
    word: '旅店',
    share: 1.8,
    trouble: 1.1,
    insured: 0.3,
    causes: [
      ['fire-safety', 3],
      ['price-fraud', 3],
      ['contract-breach', 1],
    ],
  },
  {
    section: 'H',
    code: 'H6210',
    word: '饭馆',
    share: 9,
    trouble: 1.7,
    insured: 0.15,
    causes: [['food-hygiene', 8], ['gas-safety', 1], ['fire-safety', 1], ['price-fraud', 1], wages],
  },
  { section: 'I', code: 'I6510', word: '软件公司', share: 5, trouble: 0.5, insured: 0.7, causes: OFFICE },
  {
    section: 'J',
    code: 'J6633',
    word: '咨询金融所',
    share: 0.6,
    trouble: 2,
    insured: 0.9,
    causes: [
      ['contract-breach', 4],
      ['false-advertising', 3],
      ['false-registration', 1],
    ],
  },
  {
    section: 'K',
    code: 'K7020',
    word: '物业公司',
    share: 1.5,
    trouble: 2,
    insured: 0.8,
    causes: [
      ['price-fraud', 3],
      ['fire-safety', 3],
      ['contract-breach', 3],
    ],
  },
  { section: 'L', code: 'L7291', word: '商务公司', share: 8, trouble: 0.7, insured: 0.35, causes: OFFICE },
  { section: 'M', code: 'M7320', word: '检测所', share: 5, trouble: 0.4, insured: 0.6, causes: OFFICE },
  {
    section: 'N',
    code: 'N7820',
    word: '环卫公司',
    share: 0.6,
    trouble: 1,
    insured: 0.9,
    causes: [
      ['pollution', 4],
      ['unpaid-wages', 3],
    ],
  },
  {
    section: 'O',
    code: 'O8040',
    word: '美发店',
    share: 5,
    trouble: 1.5,
    insured: 0.06,
    causes: [
      ['prepaid-card-runaway', 5],
      ['price-fraud', 2],
      ['contract-breach', 1],
    ],
  },
  {
    section: 'O',
    code: 'O8010',
    word: '家政部',
    share: 3,
    trouble: 1.1,
    insured: 0.1,
    causes: [['contract-breach', 4], ...OFFICE.slice(1)],
  },
  {
    section: 'P',
    code: 'P8391',
    word: '培训部',
    share: 1.3,
    trouble: 1.9,
    insured: 0.5,
    causes: [
      ['prepaid-card-runaway', 6],
      ['false-advertising', 3],
      ['fire-safety', 1],
      ['food-hygiene', 1],
    ],
  },
  {
    section: 'Q',
    code: 'Q8425',
    word: '诊所',
    share: 1,
    trouble: 1.1,
    insured: 0.5,
    causes: [
      ['false-advertising', 3],
      ['price-fraud', 2],
      ['pollution', 1],
    ],
  },
  {
    section: 'R',
    code: 'R8930',
    word: '健身馆',
    share: 2,
    trouble: 1.9,
    insured: 0.3,
    causes: [prepaid, ['prepaid-card-runaway', 4], ['fire-safety', 1], ['contract-breach', 1]],
  },
  { section: 'S', code: 'S9521', word: '行业协会', share: 0.2, trouble: 0.3, insured: 0.5, causes: OFFICE },
]
