import { asItIs, type Bilingual, joined } from '../../core/bilingual.ts'
import type { Hj212Fault } from './hj212-message.ts'

/** One measured or told number of a message. */
export interface Hj212Entry {
  /** The code as it was sent: `w01018`, `011`, `SB1`; a name without statistic (`RestartTime`) stands here too. */
  readonly code: string
  /** `Rtd`, `Avg`, `Min`, `Max`, `Cou`, `ZsAvg`, `RS`, `Info`…; empty for a name that has none. */
  readonly statistic: string
  readonly value: string
  /** N F M S D C T B; empty where the device sends none, as those of 2005 may. */
  readonly quality: string
  /** When the factor itself was sampled, where it says so. */
  readonly sampled: string
}

export interface Hj212Parameters {
  /** As it was sent. */
  readonly dataTime: string
  readonly entries: readonly Hj212Entry[]
}

const ENTRY = /^([0-9A-Za-z]{1,20})(?:-([A-Za-z]{1,20}))?=([^=]*)$/
const QUALITIES = new Set(['N', 'F', 'M', 'S', 'D', 'C', 'T', 'B'])
/** 1024 bytes hold fewer; several packets are read one by one. */
const MOST_ENTRIES = 256

/** The inside of CP. Both `;` and `,` part entries: what belongs to a factor is said by its code, not by its place. */
export function readHj212Parameters(text: string): Hj212Parameters | { readonly fault: Hj212Fault } {
  const told = new Map<string, { code: string; statistic: string; value: string }>()
  const flags = new Map<string, string>()
  const samples = new Map<string, string>()
  let dataTime = ''
  /** `;Flag=N` at the level of CP stands for every factor without a flag of its own. */
  let common = ''

  for (const each of text.split(/[;,]/)) {
    const trimmed = each.trim()
    if (trimmed === '') continue
    const [whole, code = '', statistic = '', value = ''] = ENTRY.exec(trimmed) ?? []
    if (whole === undefined)
      return wrong({
        zh: `"${trimmed.slice(0, 40)}" 不是 编码-统计量=值 的写法`,
        en: `"${trimmed.slice(0, 40)}" is not code-statistic=value`,
      })
    if (statistic === 'Flag' || whole.startsWith('Flag=')) {
      if (value !== '' && !QUALITIES.has(value))
        return wrong({
          zh: `${trimmed.slice(0, 40)}:数据标记不在 N F M S D C T B 之中`,
          en: `${trimmed.slice(0, 40)}: no flag of N F M S D C T B`,
        })
      if (statistic === '') common = value
      else flags.set(code, value)
    } else if (code === 'DataTime' && statistic === '') dataTime = value
    else if (statistic === 'SampleTime') samples.set(code, value)
    else if (statistic !== 'EFlag') {
      const before = told.get(`${code}-${statistic}`)
      if (before !== undefined && before.value !== value)
        return wrong({
          zh: `${code}-${statistic} 重复出现且取值不同`,
          en: `${code}-${statistic} stands twice, and differs`,
        })
      told.set(`${code}-${statistic}`, { code, statistic, value })
    }
  }
  if (told.size > MOST_ENTRIES)
    return wrong({ zh: `数值超过 ${MOST_ENTRIES} 个`, en: `more than ${MOST_ENTRIES} values` })
  const entries = [...told.values()].map((entry) => ({
    ...entry,
    quality: flags.get(entry.code) ?? common,
    sampled: samples.get(entry.code) ?? '',
  }))
  return { dataTime, entries }
}

function wrong(hint: Bilingual): { fault: Hj212Fault } {
  return { fault: { reason: 'wrong-columns', hint: joined([asItIs('CP'), hint], ': ') } }
}
