import type { FeedPolicy } from '../../core/feed-policy.ts'
import { PERMITS } from './ingest-fixture.ts'

export const A = '91140105MA0T100092'
export const B = '91140106MA0T10375C'
export const C = '91140107MA0T10746H'

/** Which device was whose, filed by the ecology authority. */
export const BINDINGS: FeedPolicy = {
  feed: 'bindings',
  name: { zh: '设备绑定', en: 'Bindings' },
  format: 'csv',
  authority: { constant: 'ecology' },
  trust: 'verified',
  lateAfterMinutes: 1440,
  required: ['number', 'mn', 'code', 'from', 'to', 'filed', 'state'],
  key: ['number'],
  subject: { kind: 'enterprise', scheme: 'uscc', id: { column: 'code' } },
  observations: [
    {
      part: 'binding',
      kind: 'device-binding',
      when: [{ column: 'state', notIn: ['withdrawn'] }],
      known: { column: 'filed', date: 'yyyy-MM-dd' },
      facts: {
        scheme: { constant: 'mn' },
        device: { column: 'mn' },
        from: { column: 'from', date: 'yyyy-MM-dd' },
        to: { column: 'to', date: 'yyyy-MM-dd' },
      },
    },
  ],
}

export const OUTLETS: FeedPolicy = {
  feed: 'outlets',
  name: { zh: '排放口', en: 'Outlets' },
  format: 'ndjson',
  authority: { constant: 'ecology' },
  trust: 'device',
  lateAfterMinutes: 10,
  required: ['device', 't', 'v'],
  key: ['device', 't'],
  subject: { kind: 'device', scheme: 'mn', id: { column: 'device' } },
  observations: [
    { part: 'reading', kind: 'sensor-reading', known: { column: 't', date: 'epoch-ms' }, value: { column: 'v' } },
  ],
}

export const REGISTER: FeedPolicy = {
  ...PERMITS,
  feed: 'register',
  required: ['code', 'name', 'number', 'filed'],
  key: ['code'],
  observations: [
    {
      part: 'registration',
      kind: 'registration',
      known: { column: 'filed', date: 'yyyy-MM-dd' },
      facts: { name: { column: 'name' }, 'number:gszc': { column: 'number' } },
    },
  ],
}

export const FINES: FeedPolicy = {
  ...PERMITS,
  feed: 'fines',
  authority: { column: 'office' },
  required: ['code', 'document', 'filed', 'office'],
  key: ['document'],
  subject: {
    kind: 'enterprise',
    scheme: 'uscc',
    id: { column: 'code' },
    otherwise: [
      { scheme: 'gszc', id: { column: 'number' } },
      { scheme: 'person', id: { column: 'person', personal: true } },
    ],
    name: { column: 'name' },
  },
  observations: [
    {
      part: 'penalty',
      kind: 'penalty',
      known: { column: 'filed', date: 'yyyy-MM-dd' },
      facts: { filedName: { column: 'name' }, note: { column: 'note' } },
    },
  ],
}
export const FINE_HEADER = 'code,number,person,name,document,filed,office,note'

/** Who was at which address, from when until when. */
export const PLACES: FeedPolicy = {
  ...BINDINGS,
  feed: 'places',
  name: { zh: '地点绑定', en: 'Places' },
  required: ['number', 'place', 'code', 'from', 'to', 'filed', 'state'],
  observations: BINDINGS.observations.map((binding) => ({
    ...binding,
    kind: 'place-binding',
    facts: {
      scheme: { constant: 'address' },
      place: { column: 'place' },
      from: { column: 'from', date: 'yyyy-MM-dd' },
      to: { column: 'to', date: 'yyyy-MM-dd' },
    },
  })),
}

/** The same by coordinates: whoever is in the square is at the place. */
export const SQUARES: FeedPolicy = {
  ...BINDINGS,
  feed: 'squares',
  name: { zh: '网格绑定', en: 'Squares' },
  required: ['number', 'code', 'lat', 'lon', 'from', 'filed'],
  subject: { ...BINDINGS.subject, latitude: { column: 'lat' }, longitude: { column: 'lon' } },
  observations: [
    {
      part: 'binding',
      kind: 'place-binding',
      known: { column: 'filed', date: 'yyyy-MM-dd' },
      facts: { from: { column: 'from', date: 'yyyy-MM-dd' } },
    },
  ],
}

/** What people report of an address. */
export const REPORTS: FeedPolicy = {
  ...BINDINGS,
  feed: 'reports',
  name: { zh: '举报', en: 'Reports' },
  trust: 'reported',
  required: ['number', 'place', 'filed'],
  subject: { kind: 'place', scheme: 'address', id: { column: 'place' }, resolved: true },
  observations: [{ part: 'report', kind: 'complaint', known: { column: 'filed', date: 'yyyy-MM-dd' } }],
}

/** Of an enterprise where they know its code, else of a point on the map. */
export const POINTS: FeedPolicy = {
  ...REPORTS,
  feed: 'points',
  required: ['number', 'code', 'lat', 'lon', 'filed'],
  subject: { ...SQUARES.subject, resolved: true },
}
