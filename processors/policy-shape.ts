import { OBSERVATION_KINDS } from '../core/observation.ts'
import { Compile, Type } from '../core/schema.ts'
import type { Validator } from '../core/shape-faults.ts'
import { calendarShape, comparisonsShape, publicationShape } from './trust-policy.ts'

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

/** By kind, what an indicator of it has to look like. */
export const INDICATOR_SHAPES: ReadonlyMap<string, Validator> = new Map(
  Object.entries(KINDS).map(([kind, fields]) => [
    kind,
    Compile(Type.Object({ ...base, kind: Type.Literal(kind), ...fields }, closed)),
  ]),
)

/** A policy as a file holds it; indicators only by id and kind, so that each is told what is wrong with it as one of its kind. */
export const POLICY_SHAPE: Validator = Compile(
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
