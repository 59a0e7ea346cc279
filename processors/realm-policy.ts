import { Refusal } from '../core/errors.ts'
import { canonicalJson, fullHash } from '../core/hash.ts'
import { OBSERVATION_KINDS } from '../core/observation.ts'
import type { RealmPolicy } from '../core/policy.ts'
import { Compile, Type } from '../core/schema.ts'
import { calendarShape, comparisonsShape, publicationShape, trustFaults } from './trust-policy.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1, maxLength: 200 })
const slug = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' })
const bilingual = Type.Object({ zh: text, en: text }, closed)
const whole = Type.Integer({ minimum: 0 })
const perMille = Type.Integer({ minimum: 0, maximum: 1000 })
const positive = Type.Number({ exclusiveMinimum: 0 })
const share = Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 })
const texts = Type.Array(Type.String())
const named = Type.Record(Type.String(), bilingual)
const oneOf = <Value extends string>(values: readonly Value[]) => Type.Union(values.map((value) => Type.Literal(value)))

const selection = Type.Object(
  {
    kinds: Type.Array(oneOf(OBSERVATION_KINDS), { minItems: 1 }),
    feeds: Type.Optional(texts),
    causes: Type.Optional(texts),
    trusts: Type.Optional(Type.Array(oneOf(['verified', 'reported', 'device']))),
    facts: Type.Optional(Type.Record(Type.String(), texts)),
  },
  closed,
)

const base = {
  id: slug,
  name: bilingual,
  family: oneOf(['attributes', 'conduct', 'supervision', 'ties', 'society']),
  weight: perMille,
  basis: Type.Boolean(),
  cause: text,
}

/** What each kind of indicator is told, beside what all are told. */
const KINDS = {
  'decayed-count': {
    select: selection,
    decay: text,
    saturation: positive,
    byValue: Type.Optional(positive),
    lacking: Type.Optional(Type.Boolean()),
  },
  burst: { select: selection, windowDays: positive, baselineDays: positive, peers: Type.Boolean() },
  'threshold-duration': {
    metric: text,
    above: Type.Number(),
    forMinutes: whole,
    fullMinutes: positive,
    holdDays: whole,
  },
  deadline: {
    select: selection,
    outcome: selection,
    match: text,
    fullDays: positive,
    workingDays: Type.Optional(Type.Boolean()),
    withinDays: Type.Optional(Type.Integer({ minimum: 1 })),
    outcomeLater: Type.Optional(Type.Boolean()),
    widerOutcomes: Type.Optional(
      Type.Array(Type.Object({ outcome: selection, match: text }, closed), { minItems: 1, maxItems: 8 }),
    ),
  },
  absence: {
    select: selection,
    afterDays: whole,
    fullDays: positive,
    feed: text,
    workingDays: Type.Optional(Type.Boolean()),
  },
  'session-count': {
    select: selection,
    gapHours: positive,
    aggregate: oneOf(['count', 'sum']),
    threshold: positive,
    saturation: positive,
    holdDays: whole,
  },
  'window-count': {
    select: selection,
    mode: oneOf(['tumbling', 'sliding']),
    windowHours: positive,
    aggregate: oneOf(['count', 'sum', 'max']),
    threshold: positive,
    saturation: positive,
  },
  contradiction: { comparison: slug, graceDays: whole, workingDays: Type.Optional(Type.Boolean()) },
  'sensor-anomaly': { metric: text, threshold: positive, holdDays: whole },
  'place-surge': { cell: text, windowPeriods: positive, saturation: positive, relative: Type.Boolean() },
  'confirmed-events': {
    select: selection,
    outcome: selection,
    n: Type.Integer({ minimum: 1, maximum: 100 }),
    windowMinutes: positive,
    minConfidence: Type.Number({ minimum: 0, maximum: 1 }),
    holdDays: positive,
    saturation: positive,
    precision: Type.Object({ confirmed: positive, false: positive }, closed),
  },
  ownership: { hopWeight: perMille, floor: perMille },
  attribute: { fact: text, values: Type.Record(Type.String(), perMille) },
  age: { fullDays: positive, select: selection },
}

const indicators = new Map(
  Object.entries(KINDS).map(([kind, fields]) => [
    kind,
    Compile(Type.Object({ ...base, kind: Type.Literal(kind), ...fields }, closed)),
  ]),
)

const shape = Compile(
  Type.Object(
    {
      realm: slug,
      name: bilingual,
      demonstration: Type.Boolean(),
      clock: oneOf(['live', 'event']),
      zoneOffsetMinutes: Type.Integer({ minimum: -840, maximum: 840 }),
      effective: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' }),
      tickMinutes: Type.Integer({ minimum: 1 }),
      periodDays: Type.Integer({ minimum: 1 }),
      placeGridMilliDegrees: positive,
      classScheme: text,
      classes: Type.Array(Type.Object({ class: oneOf(['A', 'B', 'C', 'D']), from: perMille }, closed), { minItems: 1 }),
      warnings: Type.Array(Type.Object({ level: oneOf(['blue', 'yellow', 'orange', 'red']), from: perMille }, closed)),
      warningHysteresis: perMille,
      decays: Type.Record(Type.String(), Type.Array(Type.Tuple([whole, perMille]), { minItems: 1 })),
      indicators: Type.Array(Type.Object({ id: slug, kind: oneOf(Object.keys(KINDS)) }), { minItems: 1 }),
      cells: Type.Array(
        Type.Object(
          {
            id: slug,
            select: selection,
            by: Type.Array(oneOf(['district', 'industry', 'cause', 'place']), { minItems: 1 }),
          },
          closed,
        ),
      ),
      detection: Type.Object(
        {
          cell: text,
          windowPeriods: positive,
          baselinePeriods: positive,
          industries: whole,
          minimumCount: whole,
          pEach: share,
          alarmsPerYear: positive,
        },
        closed,
      ),
      sampling: text,
      districts: named,
      industries: named,
      causes: named,
      routes: Type.Array(
        Type.Object(
          {
            receiver: text,
            districts: Type.Optional(texts),
            industries: Type.Optional(texts),
            causes: Type.Optional(texts),
            levels: Type.Optional(texts),
          },
          closed,
        ),
      ),
      calendar: Type.Optional(calendarShape),
      comparisons: Type.Optional(comparisonsShape(selection)),
      publication: Type.Optional(publicationShape(selection)),
    },
    closed,
  ),
)

const MOST_FAULTS = 100

interface Validator {
  Check(value: unknown): boolean
  Errors(value: unknown): Iterable<{ keyword: string; instancePath: string; message: string; params: object }>
}

/**
 * `calendarNamed` gives the calendar that a policy names instead of holding it; `undefined` where there is none.
 * Errors: `Refusal` naming every place that is wrong, up to a hundred.
 */
export function validateRealmPolicy(
  file: unknown,
  calendarNamed: (name: string) => unknown = () => undefined,
): RealmPolicy {
  const json = withCalendar(file, calendarNamed)
  const faults = [...shapeFaults(shape, json, ''), ...kindFaults(json)]
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
    const validator = indicators.get(String(indicator.kind))
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
