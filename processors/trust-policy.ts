import { asItIs, type Bilingual, joined } from '../core/bilingual.ts'
import { createWorkCalendar } from '../core/calendar.ts'
import { UnusableValue } from '../core/errors.ts'
import type { ComparisonPolicy, RealmPolicy } from '../core/policy.ts'
import { type TSchema, Type } from '../core/schema.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1, maxLength: 200 })
const slug = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' })
const bilingual = Type.Object({ zh: text, en: text }, closed)
const date = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' })
const positive = Type.Number({ exclusiveMinimum: 0 })
const oneOf = (values: readonly string[]) => Type.Union(values.map((value) => Type.Literal(value)))

/** Beyond so many years or comparisons a policy is no longer something that a person can check. */
const MOST_YEARS = 60
const MOST_RULES = 100

export const calendarShape = Type.Object(
  {
    calendar: slug,
    name: bilingual,
    years: Type.Array(
      Type.Object(
        {
          year: Type.Integer({ minimum: 1950, maximum: 2200 }),
          document: text,
          published: date,
          rest: Type.Array(Type.Tuple([date, date])),
          work: Type.Array(date),
        },
        closed,
      ),
      { minItems: 1, maxItems: MOST_YEARS },
    ),
  },
  closed,
)

export function comparisonsShape(selection: TSchema) {
  const side = Type.Object(
    {
      select: selection,
      fact: Type.Optional(text),
      take: Type.Optional(oneOf(['newest', 'sum', 'largest', 'count'])),
      days: Type.Optional(positive),
      among: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
      atLeast: Type.Optional(Type.Number()),
      atMost: Type.Optional(Type.Number()),
    },
    closed,
  )
  return Type.Array(
    Type.Object(
      {
        id: slug,
        name: bilingual,
        left: side,
        right: side,
        rule: oneOf(['agree', 'ratio', 'never-both']),
        least: Type.Optional(Type.Integer({ minimum: 0 })),
        most: Type.Optional(Type.Integer({ minimum: 0 })),
        rightLater: Type.Optional(Type.Boolean()),
      },
      closed,
    ),
    { maxItems: MOST_RULES },
  )
}

export function publicationShape(selection: TSchema) {
  return Type.Array(
    Type.Object(
      {
        id: slug,
        name: bilingual,
        select: selection,
        workingDays: Type.Integer({ minimum: 1 }),
        source: text,
        effective: date,
      },
      closed,
    ),
    { maxItems: MOST_RULES },
  )
}

/** What no shape can say of calendar and comparisons: each place that is wrong. */
export function trustFaults(policy: RealmPolicy): Bilingual[] {
  const faults: Bilingual[] = []
  try {
    createWorkCalendar(policy.calendar, policy.zoneOffsetMinutes)
  } catch (error) {
    if (!(error instanceof UnusableValue)) throw error
    faults.push(joined([asItIs('/calendar'), error.text], ' '))
  }
  const comparisons = policy.comparisons ?? []
  for (const [index, comparison] of comparisons.entries()) {
    const path = `/comparisons/${index}`
    if (comparisons.findIndex(({ id }) => id === comparison.id) !== index) {
      faults.push({ zh: `${path} 编号 ${comparison.id} 重复出现`, en: `${path} the id ${comparison.id} stands twice` })
    }
    for (const name of ['left', 'right'] as const) {
      const { take = 'newest', days } = comparison[name]
      if (take !== 'newest' && days === undefined)
        faults.push({ zh: `${path}/${name} 须写明天数 days`, en: `${path}/${name} needs days to go over` })
      if (take !== 'newest' && comparison.rule === 'agree')
        faults.push({ zh: `${path}/${name} 比较的是文本,不是合计`, en: `${path}/${name} compares texts, not sums` })
    }
    const unknown = Object.keys(comparison).filter((field) => !FIELDS[comparison.rule].includes(field))
    if (unknown.length > 0)
      faults.push({
        zh: `${path} 在规则 ${comparison.rule} 下用不到 ${unknown.join('、')}`,
        en: `${path} has no use for ${unknown.join(', ')} under the rule ${comparison.rule}`,
      })
    if (comparison.rule === 'ratio' && comparison.least === undefined && comparison.most === undefined) {
      faults.push({ zh: `${path} 须有 least 或 most`, en: `${path} needs least or most` })
    }
  }
  for (const [index, indicator] of policy.indicators.entries()) {
    if (indicator.kind !== 'contradiction') continue
    if (!comparisons.some(({ id }) => id === indicator.comparison)) {
      faults.push({
        zh: `/indicators/${index}/comparison 写的是 ${indicator.comparison},而 comparisons 中没有它`,
        en: `/indicators/${index}/comparison names ${indicator.comparison}, which is not in comparisons`,
      })
    }
    if (indicator.basis)
      faults.push({
        zh: `/indicators/${index}/basis 矛盾不是经核实的认定`,
        en: `/indicators/${index}/basis a contradiction is no verified finding`,
      })
  }
  return faults
}

const COMMON_FIELDS = ['id', 'name', 'left', 'right', 'rule']
const FIELDS: Readonly<Record<ComparisonPolicy['rule'], readonly string[]>> = {
  agree: COMMON_FIELDS,
  ratio: [...COMMON_FIELDS, 'least', 'most'],
  'never-both': [...COMMON_FIELDS, 'rightLater'],
}
