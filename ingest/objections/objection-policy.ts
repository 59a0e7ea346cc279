import { joined } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { canonicalJson, fullHash } from '../../core/hash.ts'
import { OBSERVATION_KINDS, type ObservationKind } from '../../core/observation.ts'
import { Compile, Type } from '../../core/schema.ts'
import { shapeFaults } from '../../core/shape-faults.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1, maxLength: 400 })

const ObjectionPolicySchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    effective: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    source: Type.Object({ zh: text, en: text }, closed),
    /** How long the authority has; `provisional` where the number is not settled law. */
    answer: Type.Object(
      { workingDays: Type.Integer({ minimum: 1, maximum: 250 }), provisional: Type.Boolean() },
      closed,
    ),
    /** Kinds of record that are not used while an objection to them is open. */
    suspend: Type.Object(
      {
        kinds: Type.Array(Type.Union(OBSERVATION_KINDS.map((kind) => Type.Literal(kind)))),
        provisional: Type.Boolean(),
      },
      closed,
    ),
    /** Who is told when an authority is late, by authority; `otherwise` for the rest. */
    superiors: Type.Object({ otherwise: text }, { additionalProperties: text }),
  },
  closed,
)
export type ObjectionPolicy = Type.Static<typeof ObjectionPolicySchema>

const compiled = Compile(ObjectionPolicySchema)

/** Errors: `Refusal` with the first place that is wrong and what is expected there. */
export function readObjectionPolicy(document: unknown): ObjectionPolicy {
  if (compiled.Check(document)) return document
  const subject = { zh: '异议规则有误', en: 'The objection policy is wrong' }
  throw new Refusal(joined([subject, joined(shapeFaults(compiled, document).slice(0, 1))], ': '))
}

/** Names a policy in the log: `default@` and the first 16 hex digits of SHA-256 over its canonical JSON. */
export function objectionPolicyName(policy: ObjectionPolicy): string {
  return `${policy.name}@${fullHash(canonicalJson(policy)).slice(0, 16)}`
}

export function suspends(policy: ObjectionPolicy, kinds: readonly ObservationKind[]): boolean {
  const held: readonly string[] = policy.suspend.kinds
  return kinds.some((kind) => held.includes(kind))
}

export function superiorOf({ superiors }: ObjectionPolicy, authority: string): string {
  const named: Readonly<Record<string, string>> = superiors
  return named[authority] ?? superiors.otherwise
}
