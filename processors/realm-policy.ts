import { Refusal } from '../core/errors.ts'
import { canonicalJson, fullHash } from '../core/hash.ts'
import type { RealmPolicy } from '../core/policy.ts'
import { INDICATOR_SHAPES, POLICY_SHAPE, type Validator } from './policy-shape.ts'
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
  const faults = [...shapeFaults(POLICY_SHAPE, json, ''), ...kindFaults(json)]
  if (faults.length > 0) throw refusal(json, faults)
  const policy = json as RealmPolicy
  const deeper = [...referenceFaults(policy), ...orderFaults(policy), ...trustFaults(policy)]
  if (deeper.length > 0) throw refusal(json, deeper)
  return policy
}

/** What is wrong with each indicator as one of its kind, however wrong the rest of the file is. */
function kindFaults(json: unknown): string[] {
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
  if (calendar === undefined) throw refusal(file, [`/calendar names ${file.calendar}, which is not in calendars`])
  return { ...file, calendar }
}

function refusal(json: unknown, faults: readonly string[]): Refusal {
  const realm = typeof json === 'object' && json !== null && 'realm' in json ? String(json.realm) : 'without a name'
  return new Refusal(`realm policy ${realm}: ${faults.slice(0, MOST_FAULTS).join('; ')}`)
}

/** Names the policy by its content, whatever the order of its keys in the file. */
export function policyHash(policy: RealmPolicy): string {
  return fullHash(canonicalJson(policy))
}

function shapeFaults(validator: Validator, json: unknown, prefix: string): string[] {
  if (validator.Check(json)) return []
  const faults = [...validator.Errors(json)]
    .filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf')
    .map(
      ({ instancePath, message, params }) =>
        `${prefix}${instancePath || (prefix === '' ? '/' : '')} ${message}${detail(params)}`,
    )
  return faults.length > 0 ? faults : [`${prefix || '/'} is not of the expected shape`]
}

function detail(params: object): string {
  if ('additionalProperties' in params) return `: ${String(params.additionalProperties)}`
  return 'allowedValue' in params ? `: ${String(params.allowedValue)}` : ''
}

function referenceFaults(policy: RealmPolicy): string[] {
  const faults: string[] = []
  const cells = new Set(policy.cells.map(({ id }) => id))
  const seen = new Set<string>()
  for (const [index, indicator] of policy.indicators.entries()) {
    const path = `/indicators/${index}`
    if (seen.has(indicator.id)) faults.push(`${path} the id ${indicator.id} stands twice`)
    seen.add(indicator.id)
    if (indicator.kind === 'decayed-count' && policy.decays[indicator.decay] === undefined) {
      faults.push(`${path}/decay names ${indicator.decay}, which is not in decays`)
    }
    if (indicator.kind === 'confirmed-events' && indicator.basis) {
      faults.push(`${path}/basis must be false: what a camera saw is no finding`)
    }
    if (indicator.kind === 'place-surge' && !cells.has(indicator.cell)) {
      faults.push(`${path}/cell names ${indicator.cell}, which is not in cells`)
    }
  }
  if (!cells.has(policy.detection.cell))
    faults.push(`/detection/cell names ${policy.detection.cell}, which is not in cells`)
  return faults
}

function orderFaults(policy: RealmPolicy): string[] {
  const faults: string[] = []
  for (const [name, table] of Object.entries(policy.decays)) {
    if (table.some(([age], index) => index > 0 && age <= (table[index - 1]?.[0] ?? 0))) {
      faults.push(`/decays/${name} ages must rise`)
    }
    if (table.at(-1)?.[1] !== 0) faults.push(`/decays/${name} must end at 0`)
  }
  if (!rises(policy.classes.map(({ from }) => from))) faults.push('/classes must rise')
  if (policy.classes[0]?.from !== 0) faults.push('/classes must begin at 0')
  if (!rises(policy.warnings.map(({ from }) => from))) faults.push('/warnings must rise')
  if ((1440 % policy.tickMinutes) * (policy.tickMinutes % 1440) !== 0)
    faults.push('/tickMinutes must divide a day or be days')
  return faults
}

function rises(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))
}
