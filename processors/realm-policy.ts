import { type Bilingual, joined } from '../core/bilingual.ts'
import { Refusal } from '../core/errors.ts'
import { canonicalJson, fullHash } from '../core/hash.ts'
import type { RealmPolicy } from '../core/policy.ts'
import { shapeFaults } from '../core/shape-faults.ts'
import { INDICATOR_SHAPES, POLICY_SHAPE } from './policy-shape.ts'
import { trustFaults } from './trust-policy.ts'

const MOST_FAULTS = 100

/**
 * `calendarNamed` gives the calendar that a policy names instead of holding it; `undefined` where there is none.
 * Errors: `Refusal` naming every place that is wrong, up to a hundred.
 */
export function validateRealmPolicy(
  file: unknown,
  calendarNamed: (name: string) => unknown = () => undefined,
): RealmPolicy {
  const json = withCalendar(file, calendarNamed)
  const faults = [...shapeFaults(POLICY_SHAPE, json), ...kindFaults(json)]
  if (faults.length > 0) throw refusal(json, faults)
  const policy = json as RealmPolicy
  const deeper = [...referenceFaults(policy), ...orderFaults(policy), ...trustFaults(policy)]
  if (deeper.length > 0) throw refusal(json, deeper)
  return policy
}

/** What is wrong with each indicator as one of its kind, however wrong the rest of the file is. */
function kindFaults(json: unknown): Bilingual[] {
  if (typeof json !== 'object' || json === null || !('indicators' in json) || !Array.isArray(json.indicators)) return []
  return json.indicators.flatMap((indicator: unknown, index) => {
    if (typeof indicator !== 'object' || indicator === null || !('kind' in indicator)) return []
    const validator = INDICATOR_SHAPES.get(String(indicator.kind))
    return validator === undefined ? [] : shapeFaults(validator, indicator, `/indicators/${index}`)
  })
}

/** The calendar is part of the policy and of its hash: another arrangement of holidays is another policy. */
function withCalendar(file: unknown, calendarNamed: (name: string) => unknown): unknown {
  if (typeof file !== 'object' || file === null || !('calendar' in file) || typeof file.calendar !== 'string')
    return file
  const calendar = calendarNamed(file.calendar)
  if (calendar === undefined)
    throw refusal(file, [
      {
        zh: `/calendar 写的是 ${file.calendar},而 calendars 中没有它`,
        en: `/calendar names ${file.calendar}, which is not in calendars`,
      },
    ])
  return { ...file, calendar }
}

function refusal(json: unknown, faults: readonly Bilingual[]): Refusal {
  const realm = typeof json === 'object' && json !== null && 'realm' in json ? String(json.realm) : '?'
  return new Refusal(
    joined([{ zh: `数据域规则 ${realm}`, en: `realm policy ${realm}` }, joined(faults.slice(0, MOST_FAULTS))], ': '),
  )
}

/** Names the policy by its content, whatever the order of its keys in the file. */
export function policyHash(policy: RealmPolicy): string {
  return fullHash(canonicalJson(policy))
}

function referenceFaults(policy: RealmPolicy): Bilingual[] {
  const faults: Bilingual[] = []
  const cells = new Set(policy.cells.map(({ id }) => id))
  const seen = new Set<string>()
  for (const [index, indicator] of policy.indicators.entries()) {
    const path = `/indicators/${index}`
    if (seen.has(indicator.id))
      faults.push({ zh: `${path} 编号 ${indicator.id} 重复出现`, en: `${path} the id ${indicator.id} stands twice` })
    seen.add(indicator.id)
    if (indicator.kind === 'decayed-count' && policy.decays[indicator.decay] === undefined) {
      faults.push({
        zh: `${path}/decay 写的是 ${indicator.decay},而 decays 中没有它`,
        en: `${path}/decay names ${indicator.decay}, which is not in decays`,
      })
    }
    if (indicator.kind === 'confirmed-events' && indicator.basis) {
      faults.push({
        zh: `${path}/basis 须为 false:摄像头所见不是认定`,
        en: `${path}/basis must be false: what a camera saw is no finding`,
      })
    }
    if (indicator.kind === 'place-surge' && !cells.has(indicator.cell)) {
      faults.push({
        zh: `${path}/cell 写的是 ${indicator.cell},而 cells 中没有它`,
        en: `${path}/cell names ${indicator.cell}, which is not in cells`,
      })
    }
  }
  if (!cells.has(policy.detection.cell))
    faults.push({
      zh: `/detection/cell 写的是 ${policy.detection.cell},而 cells 中没有它`,
      en: `/detection/cell names ${policy.detection.cell}, which is not in cells`,
    })
  return faults
}

function orderFaults(policy: RealmPolicy): Bilingual[] {
  const faults: Bilingual[] = []
  for (const [name, table] of Object.entries(policy.decays)) {
    if (table.some(([age], index) => index > 0 && age <= (table[index - 1]?.[0] ?? 0))) {
      faults.push({ zh: `/decays/${name} 的天数须递增`, en: `/decays/${name} ages must rise` })
    }
    if (table.at(-1)?.[1] !== 0) faults.push({ zh: `/decays/${name} 须以 0 结尾`, en: `/decays/${name} must end at 0` })
  }
  if (!rises(policy.classes.map(({ from }) => from))) faults.push({ zh: '/classes 须递增', en: '/classes must rise' })
  if (policy.classes[0]?.from !== 0) faults.push({ zh: '/classes 须从 0 开始', en: '/classes must begin at 0' })
  if (!rises(policy.warnings.map(({ from }) => from)))
    faults.push({ zh: '/warnings 须递增', en: '/warnings must rise' })
  if ((1440 % policy.tickMinutes) * (policy.tickMinutes % 1440) !== 0)
    faults.push({ zh: '/tickMinutes 须能整除一天,或为整天数', en: '/tickMinutes must divide a day or be days' })
  return faults
}

function rises(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))
}
