import type { FeedPolicy, Take } from '../../core/feed-policy.ts'
import type { Selection } from '../../core/indicator-policy.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import { testRealm } from '../support/observations.ts'

/** The realm of a world, small enough to be judged by hand. */
export const REALM = 'world'

const common = { family: 'conduct', cause: 'conduct', name: { zh: '测试', en: 'test' } } as const
const filed = (...feeds: string[]): Pick<Selection, 'feeds'> => ({ feeds })

const NEXT_WEIGHTS: Readonly<Record<string, number>> = { penalties: 450, silence: 400, owners: 700 }

/** Every kind of indicator whose meaning is told in a few lines: see `oracle-indicators.ts`. */
export const CITY: RealmPolicy = testRealm({
  realm: REALM,
  // Its notices are made, whatever the clock says: nothing of it leaves the house.
  demonstration: true,
  routes: [
    { receiver: 'command', levels: ['orange', 'red'] },
    { receiver: 'east', districts: ['140105'] },
    { receiver: 'west' },
  ],
  indicators: [
    {
      ...common,
      id: 'penalties',
      kind: 'decayed-count',
      weight: 700,
      basis: true,
      select: { kinds: ['penalty'] },
      decay: 'half',
      saturation: 2,
    },
    {
      ...common,
      id: 'complaints',
      kind: 'burst',
      weight: 400,
      basis: false,
      select: { kinds: ['complaint'], ...filed('complaints') },
      windowDays: 7,
      baselineDays: 28,
      peers: true,
    },
    {
      ...common,
      id: 'promises',
      kind: 'deadline',
      weight: 300,
      basis: false,
      select: { kinds: ['commitment'] },
      outcome: { kinds: ['commitment-outcome'] },
      match: 'promise',
      fullDays: 30,
    },
    {
      ...common,
      id: 'silence',
      kind: 'absence',
      weight: 200,
      basis: false,
      select: { kinds: ['arrears'] },
      afterDays: 14,
      fullDays: 44,
      feed: 'arrears',
    },
    {
      ...common,
      id: 'around',
      kind: 'place-surge',
      weight: 250,
      basis: false,
      cell: 'by-place',
      windowPeriods: 2,
      saturation: 3,
      relative: false,
    },
    { ...common, id: 'owners', kind: 'ownership', weight: 500, basis: false, hopWeight: 600, floor: 100 },
    {
      ...common,
      id: 'debts',
      kind: 'window-count',
      weight: 150,
      basis: false,
      select: { kinds: ['arrears'] },
      mode: 'sliding',
      windowHours: 240,
      aggregate: 'sum',
      threshold: 50,
      saturation: 200,
    },
  ],
  cells: [
    { id: 'by-place', select: { kinds: ['complaint'] }, by: ['place'] },
    { id: 'causes', select: { kinds: ['complaint'], ...filed('complaints') }, by: ['district', 'industry', 'cause'] },
  ],
})

/** What takes its place while the system runs: other weights, one rule less and one harder, and other classes. */
export const NEXT_CITY: RealmPolicy = {
  ...CITY,
  indicators: CITY.indicators
    .filter(({ id }) => id !== 'debts')
    .map((indicator) => ({ ...indicator, weight: NEXT_WEIGHTS[indicator.id] ?? indicator.weight })),
  classes: CITY.classes.map((band) => ({ ...band, from: Math.floor(band.from / 2) })),
}

const at: Take = { column: 'known', date: 'epoch-ms' }
const about = { kind: 'enterprise', scheme: 'licence', id: { column: 'who' } } as const
const layout = {
  format: 'ndjson',
  authority: { constant: 'market' },
  trust: 'verified',
  lateAfterMinutes: 1440,
  required: ['no', 'known', 'rev'],
  key: ['no'],
  version: { column: 'rev' },
  subject: about,
} as const

const named = (feed: string) => ({ feed, name: { zh: feed, en: feed } })

export const FEEDS: readonly FeedPolicy[] = [
  {
    ...layout,
    ...named('registry'),
    observations: [
      {
        part: 'registered',
        kind: 'registration',
        known: at,
        facts: Object.fromEntries(
          ['name', 'district', 'industry', 'place', 'owner'].map((fact) => [fact, { column: fact }]),
        ),
      },
    ],
  },
  {
    ...layout,
    ...named('penalties'),
    observations: [
      {
        part: 'fact',
        kind: 'penalty',
        when: [{ column: 'state', in: ['in-force'] }],
        known: at,
        decided: { column: 'decided', date: 'epoch-ms' },
        cause: { constant: 'conduct' },
      },
      { part: 'back', kind: 'withdrawal', when: [{ column: 'state', in: ['revoked'] }], known: at },
    ],
  },
  {
    ...layout,
    ...named('complaints'),
    observations: [
      {
        part: 'made',
        kind: 'complaint',
        when: [{ column: 'state', notIn: ['mistaken', 'revoked'] }],
        known: at,
        cause: { constant: 'conduct' },
      },
      {
        part: 'closed',
        kind: 'complaint-closed',
        when: [{ column: 'state', in: ['closed', 'mistaken'] }],
        known: at,
      },
      { part: 'back', kind: 'withdrawal', when: [{ column: 'state', in: ['revoked'] }], known: at },
    ],
  },
  {
    ...layout,
    ...named('places'),
    subject: { kind: 'place', scheme: 'square', id: { column: 'who' } },
    observations: [{ part: 'fact', kind: 'complaint', known: at, cause: { constant: 'conduct' } }],
  },
  {
    ...layout,
    ...named('promises'),
    observations: [
      {
        part: 'made',
        kind: 'commitment',
        when: [{ column: 'state', in: ['made'] }],
        known: at,
        facts: { promise: { column: 'promise' }, deadline: { column: 'due' } },
      },
      {
        part: 'kept',
        kind: 'commitment-outcome',
        when: [{ column: 'state', in: ['kept'] }],
        known: at,
        facts: { promise: { column: 'promise' } },
      },
    ],
  },
  {
    ...layout,
    ...named('arrears'),
    observations: [{ part: 'fact', kind: 'arrears', known: at, value: { column: 'amount' } }],
  },
]

/** Who files what, each at a pace of its own. */
export const OFFICES: readonly (readonly string[])[] = [
  ['registry', 'penalties', 'places'],
  ['complaints', 'promises', 'arrears'],
]
