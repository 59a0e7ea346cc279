import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryEventLog } from '../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../adapters/memory/record-index.ts'
import type { Observation } from '../core/observation.ts'
import { compiled, NOW, REVISED_COMPLAINTS, readLog, readRejects, testSealer } from '../test/support/ingest-fixture.ts'
import { readRows } from './decode/row-reader.ts'
import { underSubjects } from './identity/aliases.ts'
import { type Arrival, createOccurrences, type Decided, decideArrivals, mapArrival } from './ingest-batch.ts'
import { lookUpArrivals } from './look-ahead.ts'
import type { CompiledFeed, KeptRow } from './mapping/compile-feed.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'
import type { RecordIndex } from './record-index.ts'

interface Line {
  readonly number: string
  readonly licence: string
  readonly revision: number
  readonly opened: string
  readonly closed: string
  readonly text: string
}

const HEADER = 'number,licence,revision,opened,closed,text'
const plain = compiled(REVISED_COMPLAINTS)
/** Licence 9 is a place that 7 and 8 share. */
const feed: CompiledFeed = {
  ...plain,
  mapRow(row, context) {
    const mapped = plain.mapRow(row, context)
    if (mapped.kept !== undefined) return { kept: shared(mapped.kept) }
    const { emptied, ...rejected } = mapped.rejected
    return { rejected: emptied === undefined ? rejected : { ...rejected, emptied: shared(emptied) } }
  },
}

function shared(kept: KeptRow): KeptRow {
  return kept.subject === 'licence:9' ? underSubjects(kept, ['licence:7', 'licence:8'], {}) : kept
}

/** One record, in versions that differ in everything: also in whom they are about, and in which parts they have. */
const line = fc.record({
  number: fc.constantFrom('n1', 'n2'),
  licence: fc.constantFrom('7', '8', '9'),
  revision: fc.integer({ min: 1, max: 4 }),
  opened: fc.constantFrom('', '2026-01-01', '2026-01-02'),
  closed: fc.constantFrom('', '2026-02-01', '2026-02-02'),
  text: fc.constantFrom('noise', 'noise', 'withdrawn'),
})

async function decideLooked(arrivals: readonly Arrival[], index: RecordIndex, outgoing: Outgoing): Promise<Decided> {
  const looked = await lookUpArrivals(arrivals, index)
  const asked = looked.map((held) => ({ held, since: [] }))
  return decideArrivals(arrivals, asked, outgoing, testSealer())
}

/** Takes lines in as so many requests as there are groups, each request a group commit of its arrivals. */
async function ingest(groups: readonly (readonly (readonly Line[])[])[]) {
  const log = createMemoryEventLog()
  const index = createMemoryRecordIndex(log)
  let totals = { lines: 0, observations: 0, versions: 0, duplicates: 0, rejects: 0 }
  for (const group of groups) {
    const outgoing = createOutgoing('city')
    const arrivals = group.map((lines) => {
      const body = [HEADER, ...lines.map((each) => Object.values(each).join(','))].join('\n')
      const rows = readRows(REVISED_COMPLAINTS, Buffer.from(body))
      const common = { realm: 'city', feed, source: 'test', received: NOW, bulk: false }
      return mapArrival({ ...common, rows, occurrence: createOccurrences() })
    })
    const { receipts, marks } = await decideLooked(arrivals, index, outgoing)
    await index.commit({ realm: 'city', batches: outgoing.batches([]), marks, notes: {} })
    for (const { counts } of receipts) {
      totals = {
        lines: totals.lines + counts.lines,
        observations: totals.observations + counts.observations,
        versions: totals.versions + counts.versions,
        duplicates: totals.duplicates + counts.duplicates,
        rejects: totals.rejects + counts.rejects,
      }
    }
  }
  const { observations } = await readLog(log)
  return { totals, observations, rejects: await readRejects(log) }
}

/** What every fold does: of each enterprise's observations of one id the greatest version holds. */
function inForce(observations: readonly Observation[]): string[] {
  const newest = new Map<string, Observation>()
  for (const each of observations) {
    const place = `${each.subject} ${each.id}`
    const before = newest.get(place)
    const later =
      before === undefined ||
      each.version > before.version ||
      (each.version === before.version && each.content > before.content)
    if (later) newest.set(place, each)
  }
  return [...newest.values()]
    .filter(({ gone }) => gone === 0)
    .map(({ subject, id, version, known }) => `${subject} ${id} v${version} ${known}`)
    .sort()
}

/** Not rejected, whatever came before it. */
const alive = ({ opened, closed, text }: Line) => (opened !== '' && text !== 'withdrawn') || closed !== ''

describe('admission', () => {
  it('accounts for every line exactly once, and appends nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.array(line, { maxLength: 4 }), { maxLength: 3 }), { maxLength: 4 }),
        async (groups) => {
          const { totals, observations, rejects } = await ingest(groups)
          expect(totals.lines).toBe(groups.flat(2).length)
          expect(totals.lines).toBe(totals.observations + totals.versions + totals.duplicates + totals.rejects)
          expect(rejects).toHaveLength(totals.rejects)
          const kept = observations
            .filter(({ gone }) => gone === 0)
            .map(({ subject, id, content }) => `${subject} ${id} ${content}`)
          expect(new Set(kept).size).toBe(kept.length)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('ends with the same facts in force in whatever order and groups the versions of a record arrive', async () => {
    const versions = fc
      .uniqueArray(line, { selector: ({ number, revision }) => `${number} ${revision}`, maxLength: 6 })
      .map((lines) => lines.filter(alive))
    await fc.assert(
      fc.asyncProperty(versions, fc.array(fc.nat({ max: 5 }), { minLength: 6, maxLength: 6 }), async (lines, keys) => {
        const shuffled = lines.map((each, i) => ({ each, by: keys[i] ?? 0 })).sort((a, b) => a.by - b.by)
        const inOrder = [...lines].sort((a, b) => a.revision - b.revision)
        const straight = await ingest(inOrder.map((each) => [[each]]))
        const together = await ingest([[shuffled.map(({ each }) => each)]])
        const apart = await ingest(shuffled.map(({ each }) => [[each]]))
        expect(inForce(together.observations)).toEqual(inForce(straight.observations))
        expect(inForce(apart.observations)).toEqual(inForce(straight.observations))
      }),
      { numRuns: 80 },
    )
  })

  it('keeps in force exactly what the newest version says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(line, { selector: ({ revision }) => revision, minLength: 1 }), async (all) => {
        const lines = all.map((each) => ({ ...each, number: 'n1' })).filter(alive)
        const [newest] = [...lines].sort((a, b) => b.revision - a.revision)
        const { observations } = await ingest(lines.map((each) => [[each]]))
        const expected = await ingest(newest === undefined ? [] : [[[newest]]])
        expect(inForce(observations)).toEqual(inForce(expected.observations))
      }),
      { numRuns: 60 },
    )
  })

  it('takes from each that shares a record what its newest version says of others, and gives it to those', async () => {
    const at = (licence: string, revision: number, closed = '') =>
      ({ number: 'n1', licence, revision, opened: '2026-01-01', closed, text: 'noise' }) as const
    const subjects = async (...lines: readonly Line[]) =>
      inForce((await ingest(lines.map((each) => [[each]]))).observations).map((one) => one.split(' ', 1)[0])
    expect(await subjects(at('9', 1))).toEqual(['licence:7', 'licence:8'])
    expect(await subjects(at('9', 1), at('8', 2))).toEqual(['licence:8'])
    expect(await subjects(at('8', 2), at('9', 1))).toEqual(['licence:8'])
    expect(await subjects(at('7', 1, '2026-02-01'), at('9', 2))).toEqual(['licence:7', 'licence:8'])
  })

  it('takes everything back when the newest version has no part left', async () => {
    const full = { number: 'n1', licence: '7', revision: 1, opened: '2026-01-01', closed: '', text: 'noise' }
    const { observations, totals } = await ingest([[[full]], [[{ ...full, revision: 2, text: 'withdrawn' }]]])
    expect(inForce(observations)).toEqual([])
    expect(totals).toMatchObject({ observations: 1, versions: 1, rejects: 0 })
  })

  it('ends a part where a version without it comes after its successor, as had it come before', async () => {
    const open = { number: 'n1', licence: '7', revision: 1, opened: '2026-01-01', closed: '2026-02-01', text: 'noise' }
    const withdrawn = { ...open, revision: 2, opened: '2026-01-02', text: 'withdrawn' }
    const again = { ...open, revision: 3, closed: '2026-02-02' }
    const endsOf = async (lines: readonly Line[]) => {
      const { observations } = await ingest(lines.map((each) => [[each]]))
      return observations
        .filter(({ gone, version }) => gone === 1 && version === 2)
        .map(({ id, known }) => `${id} ${known}`)
    }
    const inOrder = await endsOf([open, withdrawn, again])
    expect(inOrder).toHaveLength(1)
    expect(await endsOf([open, again, withdrawn])).toEqual(inOrder)
  })

  it('tells rows without a key apart by how often their content came before in the same source', async () => {
    const keyless = compiled({ ...REVISED_COMPLAINTS, key: [] })
    const log = createMemoryEventLog()
    const index = createMemoryRecordIndex(log)
    const body = Buffer.from(`${HEADER}\nn1,7,1,2026-01-01,,x\nn1,7,1,2026-01-01,,x\n`)
    const outcomes = []
    for (const _ of [1, 2]) {
      const outgoing = createOutgoing('city')
      const rows = readRows(REVISED_COMPLAINTS, body)
      const common = { realm: 'city', feed: keyless, source: 'test', received: NOW, bulk: false }
      const arrival = mapArrival({ ...common, rows, occurrence: createOccurrences() })
      const { receipts, marks } = await decideLooked([arrival], index, outgoing)
      await index.commit({ realm: 'city', batches: outgoing.batches([]), marks, notes: {} })
      outcomes.push(receipts[0]?.counts)
    }
    expect(outcomes).toMatchObject([{ observations: 2 }, { duplicates: 2 }])
  })
})
