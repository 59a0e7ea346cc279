import { type Bilingual, joined } from '../core/bilingual.ts'
import { Refusal } from '../core/errors.ts'
import { canonicalJson, fullHash } from '../core/hash.ts'
import { Compile, Type } from '../core/schema.ts'
import { shapeFaults } from '../core/shape-faults.ts'

export const RISK_CLASSES = ['A', 'B', 'C', 'D'] as const
export type RiskClass = (typeof RISK_CLASSES)[number]

const closed = { additionalProperties: false }
const Text = Type.Object({ zh: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) }, closed)
const PerMille = Type.Integer({ minimum: 1, maximum: 1000 })

const ClassSampling = Type.Object(
  {
    band: Text,
    /** The point inside the published range at which the preset works: enterprises of the class inspected in a year. */
    ratioPerMille: PerMille,
    published: Type.Object(
      {
        fromPerMille: Type.Integer({ minimum: 0, maximum: 1000 }),
        toPerMille: PerMille,
        text: Type.String({ minLength: 1 }),
        source: Text,
      },
      closed,
    ),
    /** At most `visits` in any `years` calendar years running; -1 where nothing limits them. `text` is as published. */
    cap: Type.Object(
      {
        visits: Type.Union([Type.Literal(-1), Type.Integer({ minimum: 1, maximum: 365 })]),
        years: Type.Integer({ minimum: 1, maximum: 2 }),
        text: Type.String(),
        source: Text,
      },
      closed,
    ),
  },
  closed,
)
export type ClassSampling = Type.Static<typeof ClassSampling>

/** Enterprises whose newest fact of that name is one of `in` are sampled at a higher ratio than their class. */
const Override = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]+$' }),
    name: Text,
    fact: Type.String({ minLength: 1 }),
    in: Type.Array(Type.String(), { minItems: 1 }),
    ratioPerMille: PerMille,
    source: Text,
  },
  closed,
)
export type SamplingOverride = Type.Static<typeof Override>

const SamplingPolicySchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9-]+$' }),
    title: Text,
    effective: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    /** Letters mean different things to different regulators: `lowest` names the letter of the least risk. */
    scheme: Type.Object({ id: Type.String({ minLength: 1 }), lowest: Type.Literal('A'), name: Text }, closed),
    classes: Type.Object({ A: ClassSampling, B: ClassSampling, C: ClassSampling, D: ClassSampling }, closed),
    overrides: Type.Array(Override),
    working: Type.Object(
      {
        /** Share of the even monthly chance that stays once a year's ratio is reached: nobody is safe till January. */
        floorPerMille: PerMille,
        teamSize: Type.Integer({ minimum: 2, maximum: 10 }),
        inspectorDaysPerVisit: Type.Integer({ minimum: 1 }),
        /** Days a month that one inspector gives to routine visits. */
        inspectorDaysPerMonth: Type.Integer({ minimum: 1, maximum: 31 }),
        source: Text,
      },
      closed,
    ),
  },
  closed,
)
export type SamplingPolicy = Type.Static<typeof SamplingPolicySchema>

const compiled = Compile(SamplingPolicySchema)

/**
 * Checks a preset whole before anything uses it.
 * Errors: `Refusal` with the first place that is wrong and what is expected there.
 */
export function readSamplingPolicy(document: unknown): SamplingPolicy {
  if (!compiled.Check(document)) throw refusal(joined(shapeFaults(compiled, document).slice(0, 1)))
  RISK_CLASSES.forEach((letter, place) => {
    const { ratioPerMille, published } = document.classes[letter]
    if (ratioPerMille < published.fromPerMille || ratioPerMille > published.toPerMille) {
      throw refusal({
        zh: `/classes/${letter}/ratioPerMille 应在 ${published.fromPerMille}–${published.toPerMille} 之内`,
        en: `/classes/${letter}/ratioPerMille must lie in ${published.fromPerMille}–${published.toPerMille}`,
      })
    }
    const safer = RISK_CLASSES[place - 1]
    if (safer !== undefined && ratioPerMille < document.classes[safer].ratioPerMille) {
      throw refusal({
        zh: `/classes/${letter}/ratioPerMille 不得低于风险较小的 ${safer} 类的比例`,
        en: `/classes/${letter}/ratioPerMille must not be below the ratio of ${safer}, the lesser risk`,
      })
    }
  })
  return document
}

/** Names a policy in the log: `henan-2021@` and the first 16 hex digits of SHA-256 over its canonical JSON. */
export function samplingPolicyName(policy: SamplingPolicy): string {
  return `${policy.name}@${fullHash(canonicalJson(policy)).slice(0, 16)}`
}

function refusal(fault: Bilingual): Refusal {
  return new Refusal(joined([{ zh: '抽查规则有误', en: 'The sampling policy is wrong' }, fault], ': '))
}
