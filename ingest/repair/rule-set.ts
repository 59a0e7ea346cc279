import { asItIs, type Bilingual, joined } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { Compile, Type } from '../../core/schema.ts'
import { shapeFaults } from '../../core/shape-faults.ts'
import { DAY_MS, MINUTE_MS } from '../../core/time.ts'
import { clock, factName, otherDisplay, otherFault } from './other-display.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1, maxLength: 400 })
const bilingual = Type.Object({ zh: text, en: text }, closed)
/** Months of display from the date of the document; `shown` false where such records are normally not shown at all. */
const period = Type.Object(
  {
    shown: Type.Boolean(),
    minMonths: Type.Integer({ minimum: 0, maximum: 120 }),
    maxMonths: Type.Integer({ minimum: 1, maximum: 120 }),
  },
  closed,
)

const RuleSetSchema = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    /** A plan is guidance: it is taken only where the choice says so. */
    kind: Type.Union([Type.Literal('rule'), Type.Literal('plan')]),
    effective: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    name: bilingual,
    source: bilingual,
    /** The periods are not confirmed against the published text. */
    provisional: Type.Boolean(),
    periods: Type.Object({ minor: period, general: period, serious: period }, closed),
    /** Causes under which a record is serious whatever the penalty was. */
    seriousCauses: Type.Array(text),
    requires: Type.Array(Type.Union([Type.Literal('promise'), Type.Literal('training'), Type.Literal('proof')])),
    answer: clock,
    stopDisplay: clock,
    /** Whether a record that was never repaired still counts when its display has ended: a matter of the sector's own rules. */
    useAfterMaximum: Type.Boolean(),
    /** Fact in which a penalty says until when it is shown, UTC ms: it may end sooner by it, never before the shortest period. */
    penaltyUntil: Type.Optional(factName),
    /** What is not named here, and is no penalty, is shown until somebody takes it back. */
    others: Type.Optional(Type.Array(otherDisplay)),
  },
  closed,
)
export type RepairRuleSet = Type.Static<typeof RuleSetSchema>
export type Severity = keyof RepairRuleSet['periods']

const ChoiceSchema = Type.Object(
  {
    /** Whether the rules of the day of the request or those of the day of the document hold. */
    relevantDate: Type.Union([Type.Literal('request'), Type.Literal('document')]),
    includePlans: Type.Boolean(),
    source: bilingual,
  },
  closed,
)
export type RepairChoice = Type.Static<typeof ChoiceSchema>

export interface RepairRules {
  /** By the date from which each is in force. */
  readonly sets: readonly RepairRuleSet[]
  readonly choice: RepairChoice
}

const compiledSet = Compile(RuleSetSchema)
const compiledChoice = Compile(ChoiceSchema)

/** Errors: `Refusal` with the first place that is wrong, also for two sets of one id and for periods that end before they begin. */
export function readRepairRules(sets: readonly unknown[], choice: unknown): RepairRules {
  const read = sets.map((document) => {
    if (compiledSet.Check(document)) return document
    throw wrong(joined(shapeFaults(compiledSet, document).slice(0, 1)))
  })
  if (!compiledChoice.Check(choice)) throw wrong(joined(shapeFaults(compiledChoice, choice, 'choice').slice(0, 1)))
  for (const { id, periods, others = [] } of read) {
    const fault = otherFault(others)
    if (fault !== undefined) throw wrong(at(`${id}/others/${fault.other}`, fault.what))
    if (read.filter((one) => one.id === id).length > 1) throw wrong(at(id, { zh: '重复出现', en: 'stands twice' }))
    for (const [severity, { minMonths, maxMonths }] of Object.entries(periods)) {
      if (minMonths > maxMonths)
        throw wrong(at(`${id}/periods/${severity}`, { zh: '下限大于上限', en: 'the minimum is above the maximum' }))
    }
  }
  return { sets: read.sort((left, right) => (left.effective < right.effective ? -1 : 1)), choice }
}

function wrong(fault: Bilingual): Refusal {
  return new Refusal(joined([{ zh: '修复规则有误', en: 'The repair rules are wrong' }, fault], ': '))
}

function at(place: string, what: Bilingual): Bilingual {
  return joined([asItIs(place), what], ' ')
}

/**
 * The rule set in force on the relevant date. Before the first of them the first holds: a record of then that is repaired
 * now has to be repaired by something. `dated`, `requested`: UTC ms; dates are those of the realm's zone.
 */
export function ruleSetFor(
  { sets, choice }: RepairRules,
  { dated, requested }: { readonly dated: number; readonly requested: number },
  zoneOffsetMinutes: number,
): RepairRuleSet {
  const day = civilDayOf(choice.relevantDate === 'request' ? requested : dated, zoneOffsetMinutes)
  const eligible = sets.filter(({ kind }) => kind === 'rule' || choice.includePlans)
  const found = eligible.findLast(({ effective }) => effective <= day) ?? eligible[0]
  if (found === undefined) throw wrong({ zh: '没有规则集', en: 'there is no rule set' })
  return found
}

export function severityUnder(rules: RepairRuleSet, severity: Severity, causes: readonly string[]): Severity {
  return severity !== 'minor' && causes.some((cause) => rules.seriousCauses.includes(cause)) ? 'serious' : severity
}

/** The local midnight `months` after the civil day of `instant`; the last day of a month that has no such day. */
export function monthsAfter(instant: number, months: number, zoneOffsetMinutes: number): number {
  const local = new Date(Math.floor((instant + zoneOffsetMinutes * MINUTE_MS) / DAY_MS) * DAY_MS)
  const month = local.getUTCMonth() + months
  const lastDay = new Date(Date.UTC(local.getUTCFullYear(), month + 1, 0)).getUTCDate()
  const day = Math.min(local.getUTCDate(), lastDay)
  return Date.UTC(local.getUTCFullYear(), month, day) - zoneOffsetMinutes * MINUTE_MS
}

/** From when a repair may be asked for, and when display stops by itself: both from the date of the document, UTC ms. */
export function displayPeriod(
  rules: RepairRuleSet,
  severity: Severity,
  dated: number,
  zoneOffsetMinutes: number,
): { readonly earliest: number; readonly latest: number } {
  const { minMonths, maxMonths } = rules.periods[severity]
  return {
    earliest: monthsAfter(dated, minMonths, zoneOffsetMinutes),
    latest: monthsAfter(dated, maxMonths, zoneOffsetMinutes),
  }
}

/** Of what a record says of itself; where it says nothing it is general. */
export function severityOf(text: string): Severity {
  return text === 'minor' || text === 'serious' ? text : 'general'
}

export function civilDayOf(instant: number, zoneOffsetMinutes: number): string {
  return new Date(instant + zoneOffsetMinutes * MINUTE_MS).toISOString().slice(0, 10)
}
