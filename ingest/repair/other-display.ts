import type { Bilingual } from '../../core/bilingual.ts'
import { OBSERVATION_KINDS, type ObservationKind } from '../../core/observation.ts'
import { Type } from '../../core/schema.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1, maxLength: 400 })
const months = (minimum: number) => Type.Integer({ minimum, maximum: 120 })
/** Working days, as law or practice has them; `provisional` where the number is not confirmed. */
export const clock = Type.Object(
  { workingDays: Type.Integer({ minimum: 1, maximum: 250 }), provisional: Type.Boolean() },
  closed,
)
const civilDay = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
export const factName = Type.String({ minLength: 1, maxLength: 64 })

/** Published records that are no penalties, and how long they are shown: the first that selects a record holds. */
export const otherDisplay = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    name: Type.Object({ zh: text, en: text }, closed),
    select: Type.Object(
      {
        kinds: Type.Array(
          Type.Unsafe<ObservationKind>(Type.Union(OBSERVATION_KINDS.map((kind) => Type.Literal(kind)))),
          { minItems: 1 },
        ),
        feeds: Type.Optional(Type.Array(text, { minItems: 1 })),
        causes: Type.Optional(Type.Array(text, { minItems: 1 })),
        facts: Type.Optional(Type.Record(factName, Type.Array(text, { minItems: 1 }))),
      },
      closed,
    ),
    /** Documents dated from this day on, or before it: a list's own rules have dates of their own. */
    datedFrom: Type.Optional(civilDay),
    datedBefore: Type.Optional(civilDay),
    /** From the document's date until a repair may be asked for; where it is absent there is nothing to repair. */
    minMonths: Type.Optional(months(0)),
    /** From the document's date until display ends by itself. */
    maxMonths: Type.Optional(months(1)),
    /** Fact in which the record itself says until when, UTC ms. With `maxMonths` too, the sooner of both. */
    untilFact: Type.Optional(factName),
    /** Instead of the set's `answer`. */
    answer: Type.Optional(clock),
    /**
     * The record itself says in this fact since when its ground is gone (UTC ms): whoever listed it has so many working
     * days from then to take it off.
     */
    takeOff: Type.Optional(Type.Object({ fact: factName, ...clock.properties }, closed)),
    /** Instead of the set's `useAfterMaximum`: the sector's own rules may say more. */
    useAfterMaximum: Type.Optional(Type.Boolean()),
    /** The numbers are not confirmed against the published text. */
    provisional: Type.Boolean(),
    source: Type.Object({ zh: text, en: text }, closed),
  },
  closed,
)
export type OtherDisplay = Type.Static<typeof otherDisplay>

/** What is wrong with a set's list of them, if anything is. */
export function otherFault(
  others: readonly OtherDisplay[],
): { readonly other: string; readonly what: Bilingual } | undefined {
  const seen = new Set<string>()
  for (const { id, select, minMonths = 0, maxMonths, datedFrom = '', datedBefore = '9' } of others) {
    if (seen.has(id)) return { other: id, what: { zh: '重复出现', en: 'stands twice' } }
    seen.add(id)
    if (select.kinds.includes('penalty'))
      return { other: id, what: { zh: '行政处罚按轻重公示', en: 'penalties are shown by their severity' } }
    if (datedFrom >= datedBefore)
      return { other: id, what: { zh: '没有文书会有这样的日期', en: 'no document is dated so' } }
    if (maxMonths !== undefined && minMonths > maxMonths) {
      return { other: id, what: { zh: '下限大于上限', en: 'the minimum is above the maximum' } }
    }
  }
  return undefined
}
