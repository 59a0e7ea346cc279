import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lateness } from '../../app/commands/feeds-lateness.ts'
import type { Observation } from '../../core/observation.ts'
import type { PublicationClock } from '../../core/policy.ts'
import { createPublicity } from '../../core/publication.ts'
import { DAY_MS } from '../../core/time.ts'
import { type TestHistory, withHistory } from '../support/embedded.ts'
import { CN } from '../support/indicator-view.ts'
import { observation, testRealm } from '../support/observations.ts'

const rule = { name: { zh: '公示期限', en: 'publicity' }, source: 'test', effective: '2019-09-30' }
const PUBLICATION: readonly PublicationClock[] = [
  { ...rule, id: 'inspections', select: { kinds: ['inspection-result'] }, workingDays: 20 },
  { ...rule, id: 'awards', select: { kinds: ['administrative-act'], facts: { act: ['award'] } }, workingDays: 5 },
  { ...rule, id: 'seven', select: { kinds: ['penalty', 'administrative-act'] }, workingDays: 7 },
]
const REALM = testRealm({ calendar: CN, publication: PUBLICATION })
const at = (local: string) => Date.parse(`${local}+08:00`)

function act(record: string, decided: string, published: string, given: Partial<Observation> = {}): Observation {
  const [known, shown] = [at(published), at(published)]
  return observation({ record, decided: at(decided), published: shown, known, ...given })
}

const acts: Observation[] = [
  act('p1', '2025-09-26T00:00:00', '2025-10-13T20:00:00'),
  act('p2', '2025-09-26T00:00:00', '2025-10-14T08:00:00'),
  act('p3', '2026-02-13T00:00:00', '2026-02-14T08:00:00', { published: 0 }),
  act('p4', '2026-12-28T00:00:00', '2027-01-04T08:00:00'),
  // Filed in time; a version that came later changes nothing of that.
  act('p5', '2026-03-02T00:00:00', '2026-03-04T00:00:00'),
  act('p5', '2026-03-02T00:00:00', '2026-06-04T00:00:00', { version: 2, content: 'later' }),
  act('p6', '2026-03-02T00:00:00', '2026-09-04T00:00:00', { gone: 1 }),
  act('p7', '2019-09-29T00:00:00', '2020-09-04T00:00:00'),
  act('e1', '2026-03-02T00:00:00', '2026-04-30T00:00:00', { authority: 'ecology' }),
  act('i1', '2026-03-02T00:00:00', '2026-03-31T00:00:00', { kind: 'inspection-result', feed: 'inspections' }),
  act('a1', '2026-03-02T00:00:00', '2026-03-10T00:00:00', { kind: 'administrative-act', facts: { act: 'award' } }),
  act('a2', '2026-03-02T00:00:00', '2026-03-10T00:00:00', { kind: 'administrative-act', facts: { act: 'relief' } }),
  act('c1', '2026-03-02T00:00:00', '2026-09-30T00:00:00', { kind: 'complaint' }),
  ...Array.from({ length: 300 }, (_, index) =>
    act(`m${index}`, '2026-01-05T09:00:00', '2026-01-05T10:00:00', {
      authority: 'many',
      published: at('2026-01-05T10:00:00') + (index % 40) * DAY_MS,
    }),
  ),
]

describe('how fast acts become public, out of the history', () => {
  let subject: TestHistory
  beforeAll(async () => {
    subject = await withHistory()
    const rows = acts.map((one) => `${JSON.stringify(one)}\n`).join('')
    await subject.history.insert('observations', Buffer.from(rows), 'acts')
  }, 60_000)
  afterAll(() => subject.stop(), 60_000)

  it('is told by authority, kind and act against the rule that is for it, slowest first', async () => {
    const rows = await lateness(subject.history, REALM, 0)
    const told = rows
      .filter(({ authority }) => authority !== 'many')
      .map((row) => [
        row.clock,
        row.authority,
        row.kind,
        row.act,
        `${row.onTime}/${row.acts}`,
        row.worst,
        row.provisional,
      ])
    expect(told).toEqual([
      ['awards', 'market', 'administrative-act', 'award', '0/1', 6, 0],
      ['inspections', 'market', 'inspection-result', '', '0/1', 21, 0],
      ['seven', 'ecology', 'penalty', '', '0/1', 42, 0],
      ['seven', 'market', 'penalty', '', '4/5', 8, 1],
      ['seven', 'market', 'administrative-act', 'relief', '1/1', 6, 0],
    ])
  })

  it('agrees with what is counted act by act', async () => {
    const publicityOf = createPublicity(REALM)
    const many = acts.filter(({ authority }) => authority === 'many').map(publicityOf)
    const [row] = (await lateness(subject.history, REALM, 0)).filter(({ authority }) => authority === 'many')
    expect(row).toMatchObject({
      acts: 300,
      onTime: many.filter((one) => one?.onTime === true).length,
      worst: Math.max(...many.map((one) => one?.workingDays ?? 0)),
    })
  })

  it('looks only as far back as it is asked, and says nothing where nothing is', async () => {
    const recent = await lateness(subject.history, REALM, at('2026-12-01T00:00:00'))
    expect(recent).toMatchObject([{ acts: 1, provisional: 1 }])
    expect(await lateness(subject.history, { ...REALM, realm: 'empty' }, 0)).toEqual([])
    expect(await lateness(subject.history, testRealm({ calendar: CN }), 0)).toEqual([])
  })
})
