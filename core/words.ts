import type { Bilingual } from './bilingual.ts'

/** What a person calls the kinds of observation; a kind without a name here is shown as its code. */
export const KIND_NAMES: Readonly<Record<string, Bilingual>> = {
  registration: { zh: '登记', en: 'Registration' },
  permit: { zh: '行政许可', en: 'Permit' },
  penalty: { zh: '行政处罚', en: 'Penalty' },
  'administrative-act': { zh: '行政行为', en: 'Administrative act' },
  'court-listing': { zh: '司法名单', en: 'Court listing' },
  'list-entry': { zh: '列入名单', en: 'List entry' },
  'list-exit': { zh: '移出名单', en: 'List exit' },
  complaint: { zh: '投诉举报', en: 'Complaint' },
  'complaint-closed': { zh: '投诉办结', en: 'Complaint closed' },
  commitment: { zh: '信用承诺', en: 'Commitment' },
  'commitment-outcome': { zh: '承诺履行结果', en: 'Outcome of a commitment' },
  repair: { zh: '信用修复', en: 'Repair' },
  correction: { zh: '更正', en: 'Correction' },
  withdrawal: { zh: '撤回', en: 'Withdrawal' },
  'inspection-result': { zh: '检查结果', en: 'Inspection result' },
  'sensor-reading': { zh: '传感器读数', en: 'Sensor reading' },
  'device-state': { zh: '设备状态', en: 'Device state' },
  'video-event': { zh: '视频事件', en: 'Video event' },
  arrears: { zh: '欠费欠缴', en: 'Arrears' },
  'utility-use': { zh: '用水用气用电', en: 'Utility use' },
  ownership: { zh: '股权与任职', en: 'Ownership' },
  'public-evaluation': { zh: '公共信用综合评价', en: 'Public evaluation' },
  interview: { zh: '约谈', en: 'Interview' },
  'report-use': { zh: '信用报告应用', en: 'Use of a credit report' },
  'voluntary-registration': { zh: '信用信息自愿注册', en: 'Voluntary registration' },
  'registration-change': { zh: '登记变更', en: 'Change of registration' },
  'credit-overview': { zh: '信用概览', en: 'Credit overview' },
}

/** What a person calls the reasons of a reject, and what is usually to be done; another is shown as its code. */
export const REASON_NAMES: Readonly<Record<string, Bilingual>> = {
  'unreadable-line': { zh: '无法读取:检查编码与引号', en: 'Cannot be read: look at encoding and quotes' },
  'wrong-header': {
    zh: '表头不符:改正表头或规则,整个文件一次重放',
    en: 'The header does not fit: mend it, or the policy, and replay the file as one',
  },
  'wrong-content': {
    zh: '内容与声明的类型或编码不符:核对文件与规则',
    en: 'Not what it is said to be: look at the file, its type and its encoding',
  },
  'wrong-columns': { zh: '列不符:对照表头', en: 'Wrong columns: compare the header' },
  'missing-value': { zh: '缺必填项:补齐该列', en: 'A value is missing: fill the column' },
  'bad-date': { zh: '日期错误:改正,或在 date 中增加写法', en: 'No such date: mend it, or add its pattern to date' },
  'impossible-time': { zh: '时间不可能:早于 1900 年或尚未到来', en: 'Impossible time: before 1900, or not yet come' },
  'bad-number': { zh: '数值错误:检查数字与单位', en: 'No number: look at digits and unit' },
  'bad-check-digit': { zh: '校验码错误:向报送部门核对代码', en: 'Check digit wrong: ask the authority for the code' },
  'bad-code-shape': { zh: '代码格式错误:不是 18 位统一社会信用代码', en: 'Not the shape of an 18-character code' },
  'unknown-code': { zh: '码表外代码:改正,或补入代码表', en: 'Not in the code table: mend it, or add it there' },
  'unknown-subject': { zh: '无法识别对象:没有代码', en: 'About whom is not said: there is no code' },
  'no-observation-applies': { zh: '没有适用的事实:检查条件 when', en: 'No condition holds: look at the whens' },
  'unbound-device': { zh: '设备未绑定:补报绑定关系', en: 'The device is bound to nobody: file its binding' },
  'unbound-place': { zh: '地点未绑定:补报绑定关系', en: 'The place is bound to nobody: file its binding' },
  'line-too-long': { zh: '行过长', en: 'Line too long' },
  'too-deep': { zh: '嵌套过深', en: 'Nested too deeply' },
  'forbidden-doctype': { zh: '含文档类型声明:去掉 DOCTYPE', en: 'A DOCTYPE is not accepted: leave it out' },
  'unreadable-archive': { zh: '压缩包或工作簿无法读取:重新打包', en: 'Cannot be unpacked: pack it again' },
  'unpacks-too-far': { zh: '解压超限:分成较小的文件', en: 'Unpacks beyond the bound: split it' },
}

export const TRUST_NAMES: Readonly<Record<string, Bilingual>> = {
  verified: { zh: '已核实', en: 'verified' },
  reported: { zh: '已报告', en: 'reported' },
  device: { zh: '设备', en: 'device' },
}

/** The name of a code, or the code itself where nobody has given it one. */
export function nameOf(names: Readonly<Record<string, Bilingual>>, code: string): Bilingual {
  return names[code] ?? { zh: code, en: code }
}
