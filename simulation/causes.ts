/** What goes wrong, as the feeds write it; the policies' tables lead from the text back to the code. */
export const CAUSE_TEXTS: Readonly<Record<string, string>> = {
  'food-hygiene': '食品卫生',
  counterfeit: '假冒伪劣',
  'prepaid-card-runaway': '预付卡跑路',
  'unpaid-wages': '拖欠工资',
  'fire-safety': '消防隐患',
  'workplace-safety': '安全生产',
  'gas-safety': '燃气安全',
  pollution: '环境污染',
  'price-fraud': '价格欺诈',
  'false-advertising': '虚假宣传',
  'contract-breach': '合同违约',
  'false-registration': '虚假登记',
}

export function causeText(cause: string): string {
  const text = CAUSE_TEXTS[cause]
  if (text === undefined) throw new RangeError(`no text for cause ${cause}`)
  return text
}
