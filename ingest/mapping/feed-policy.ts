import { type Bilingual, joined } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { FEED_FORMATS, type FeedPolicy } from '../../core/feed-policy.ts'
import { OBSERVATION_KINDS } from '../../core/observation.ts'
import { Compile, Type } from '../../core/schema.ts'
import { shapeFaults } from '../../core/shape-faults.ts'
import { type CodeTables, resolveTables } from './named-tables.ts'
import { nameFaults, valueFaults } from './policy-faults.ts'
import { sourcePolicy } from './source-policy.ts'

const closed = { additionalProperties: false }
const text = Type.String({ maxLength: 2000 })
const name = Type.String({ minLength: 1, maxLength: 200 })
const slug = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' })
const names = Type.Array(name)
const trust = Type.Union([Type.Literal('verified'), Type.Literal('reported'), Type.Literal('device')])

/** Looked into by `valueFaults`, which follows what is nested and names the place. */
const take = Type.Object({})
const when = Type.Object({})

const observation = Type.Object(
  {
    part: slug,
    kind: Type.Union(OBSERVATION_KINDS.map((kind) => Type.Literal(kind))),
    trust: Type.Optional(trust),
    when: Type.Optional(Type.Array(when)),
    cause: Type.Optional(take),
    occurred: Type.Optional(take),
    decided: Type.Optional(take),
    published: Type.Optional(take),
    known: take,
    value: Type.Optional(take),
    missing: Type.Optional(Type.Array(text)),
    unit: Type.Optional(text),
    facts: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 64 }), take)),
  },
  closed,
)

const feedPolicy = Compile(
  Type.Object(
    {
      feed: slug,
      name: Type.Object({ zh: name, en: name }, closed),
      format: Type.Union(FEED_FORMATS.map((format) => Type.Literal(format))),
      encoding: Type.Optional(Type.Union(['utf-8', 'gb18030', 'auto'].map((encoding) => Type.Literal(encoding)))),
      recordElement: Type.Optional(name),
      sheet: Type.Optional(name),
      source: Type.Optional(sourcePolicy),
      authority: take,
      trust,
      lateAfterMinutes: Type.Number({ exclusiveMinimum: 0 }),
      workingDays: Type.Optional(Type.Boolean()),
      required: names,
      oneOf: Type.Optional(Type.Array(Type.Array(name, { minItems: 2 }))),
      key: Type.Array(Type.Union([name, take])),
      envelope: Type.Optional(names),
      version: Type.Optional(take),
      subject: Type.Object(
        {
          kind: Type.Union([Type.Literal('enterprise'), Type.Literal('place'), Type.Literal('device')]),
          scheme: slug,
          id: Type.Optional(take),
          otherwise: Type.Optional(Type.Array(Type.Object({ scheme: slug, id: take }, closed), { maxItems: 10 })),
          name: Type.Optional(take),
          latitude: Type.Optional(take),
          longitude: Type.Optional(take),
          resolved: Type.Optional(Type.Boolean()),
        },
        closed,
      ),
      district: Type.Optional(take),
      industry: Type.Optional(take),
      observations: Type.Array(observation, { minItems: 1 }),
    },
    closed,
  ),
)

/**
 * What stands in a feed's file, with the set's code tables put in the place of their names. Errors: `Refusal` naming
 * every place that is wrong (the first ten); what comes back is known to compile.
 */
export function validateFeedPolicy(json: unknown, tables: CodeTables = {}): FeedPolicy {
  const resolved = resolveTables(json, tables)
  const shape = shapeFaults(feedPolicy, resolved.json)
  if (shape.length > 0) throw refusal(json, shape)
  const policy = resolved.json as FeedPolicy
  const declared = [...resolved.faults, ...valueFaults(policy)]
  if (declared.length > 0) throw refusal(json, declared)
  const faults = nameFaults(policy)
  if (faults.length > 0) throw refusal(json, faults)
  return policy
}

function refusal(json: unknown, faults: readonly Bilingual[]): Refusal {
  const feed = typeof json === 'object' && json !== null && 'feed' in json ? String(json.feed) : '?'
  return new Refusal(
    joined([{ zh: `数据源规则 ${feed}`, en: `feed policy ${feed}` }, joined(faults.slice(0, 10))], ': '),
  )
}
