import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Refusal } from '../../core/errors.ts'
import { OBSERVATION_KINDS } from '../../core/observation.ts'
import type { FeedPolicy, Take } from '../../core/policy.ts'
import { compileFeed } from './compile-feed.ts'

const closed = { additionalProperties: false }
const text = Type.String({ maxLength: 2000 })
const name = Type.String({ minLength: 1, maxLength: 200 })
const slug = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' })
const names = Type.Array(name)

const take = Type.Object(
  {
    column: Type.Optional(name),
    columns: Type.Optional(Type.Array(name, { minItems: 1 })),
    constant: Type.Optional(text),
    source: Type.Optional(Type.Literal('name')),
    date: Type.Optional(name),
    times: Type.Optional(Type.Number()),
    table: Type.Optional(Type.Record(Type.String(), text)),
    otherwise: Type.Optional(text),
    personal: Type.Optional(Type.Boolean()),
    upper: Type.Optional(Type.Boolean()),
  },
  closed,
)

const when = Type.Object(
  {
    column: name,
    in: Type.Optional(Type.Array(text)),
    notIn: Type.Optional(Type.Array(text)),
    matches: Type.Optional(text),
    present: Type.Optional(Type.Boolean()),
    above: Type.Optional(Type.Number()),
  },
  closed,
)

const observation = Type.Object(
  {
    part: slug,
    kind: Type.Union(OBSERVATION_KINDS.map((kind) => Type.Literal(kind))),
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
      format: Type.Union(
        (['csv', 'ndjson', 'json', 'gbt28181', 'gat1400'] as const).map((format) => Type.Literal(format)),
      ),
      authority: take,
      trust: Type.Union([Type.Literal('verified'), Type.Literal('reported'), Type.Literal('device')]),
      lateAfterMinutes: Type.Number({ exclusiveMinimum: 0 }),
      required: names,
      key: names,
      version: Type.Optional(take),
      subject: Type.Object(
        {
          kind: Type.Union([Type.Literal('enterprise'), Type.Literal('place'), Type.Literal('device')]),
          scheme: slug,
          id: Type.Optional(take),
          latitude: Type.Optional(take),
          longitude: Type.Optional(take),
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

/** Errors: `Refusal` naming every place that is wrong; what comes back is known to compile. */
export function validateFeedPolicy(json: unknown): FeedPolicy {
  if (!feedPolicy.Check(json)) {
    const faults = feedPolicy
      .Errors(json)
      .filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf')
      .map(({ instancePath, message, params }) => `${instancePath || '/'} ${message}${detail(params)}`)
    throw refusal(json, faults.length > 0 ? faults : ['its shape is not that of a feed policy'])
  }
  const policy: FeedPolicy = json
  const declared = [...takeFaults(policy), ...nameFaults(policy)]
  const faults = declared.length > 0 ? declared : compileFaults(policy)
  if (faults.length > 0) throw refusal(json, faults)
  return policy
}

function detail(params: object): string {
  if ('additionalProperties' in params) return `: ${String(params.additionalProperties)}`
  return 'allowedValue' in params ? `: ${String(params.allowedValue)}` : ''
}

function refusal(json: unknown, faults: readonly string[]): Refusal {
  const feed = typeof json === 'object' && json !== null && 'feed' in json ? String(json.feed) : 'without a name'
  return new Refusal(`feed policy ${feed}: ${faults.slice(0, 10).join('; ')}`)
}

function takeFaults(policy: FeedPolicy): string[] {
  const faults: string[] = []
  const check = (value: Take | undefined, path: string, instant = false): void => {
    if (value === undefined) return
    const origins = [value.column, value.columns, value.constant, value.source].filter((origin) => origin !== undefined)
    if (origins.length !== 1) faults.push(`${path} needs exactly one of column, columns, constant, source`)
    if (instant && value.date === undefined) faults.push(`${path} is an instant and needs a date pattern`)
    if (value.date !== undefined && value.times !== undefined) faults.push(`${path} cannot be a date and a number`)
  }
  check(policy.authority, '/authority')
  check(policy.version, '/version')
  check(policy.district, '/district')
  check(policy.industry, '/industry')
  check(policy.subject.id, '/subject/id')
  check(policy.subject.latitude, '/subject/latitude')
  check(policy.subject.longitude, '/subject/longitude')
  for (const [index, part] of policy.observations.entries()) {
    const path = `/observations/${index}`
    check(part.cause, `${path}/cause`)
    check(part.occurred, `${path}/occurred`, true)
    check(part.decided, `${path}/decided`, true)
    check(part.published, `${path}/published`, true)
    check(part.known, `${path}/known`, true)
    check(part.value, `${path}/value`)
    for (const [fact, value] of Object.entries(part.facts ?? {})) check(value, `${path}/facts/${fact}`)
  }
  return faults
}

function nameFaults(policy: FeedPolicy): string[] {
  const faults: string[] = []
  const parts = policy.observations.map(({ part }) => part)
  const twice = parts.find((part, index) => parts.indexOf(part) !== index)
  if (twice !== undefined) faults.push(`/observations the part ${twice} stands twice`)
  const { id, latitude, longitude, kind } = policy.subject
  if ((latitude === undefined) !== (longitude === undefined))
    faults.push('/subject needs both latitude and longitude or neither')
  if (id === undefined && (kind !== 'place' || latitude === undefined)) faults.push('/subject needs an id')
  const unlisted = policy.key.filter((column) => !policy.required.includes(column))
  if (unlisted.length > 0) faults.push(`/key ${unlisted.join(', ')} must stand in required too`)
  return faults
}

/** Date patterns, factors and expressions are checked by compiling them. */
function compileFaults(policy: FeedPolicy): string[] {
  const realm = { realm: 'check', clock: 'event', zoneOffsetMinutes: 0, placeGridMilliDegrees: 10 } as const
  try {
    compileFeed(policy, realm, { personalKey: new Uint8Array(32), legacyCodes: new Set() })
    return []
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return [error.message]
    throw error
  }
}
