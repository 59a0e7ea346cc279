import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemorySnapshots } from '../../adapters/memory/snapshots.ts'
import type { SealedPeriod } from '../../core/cells.ts'
import { compareObservations, type Observation } from '../../core/observation.ts'
import { loadShards } from '../../processors/load-snapshots.ts'
import { nothingSaid } from '../../processors/said.ts'
import { createShardFold } from '../../processors/shard-fold.ts'
import { emptyShardState, type ShardState } from '../../processors/shard-state.ts'
import { createSide } from '../../processors/side.ts'
import { createByteWriter } from '../../processors/state/byte-writer.ts'
import { shardChangesToBytes, shardStateFromBytes, shardStateToBytes } from '../../processors/state/shard-snapshot.ts'
import { createSurges } from '../../processors/surges.ts'
import { day, observation } from '../support/observations.ts'
import { POLICY } from './engine.ts'

const PLACES = ['place:1:1', 'place:2:1']
const END = 120

const REGISTRY = Array.from({ length: 9 }, (_, who) =>
  observation({
    record: `reg-${who}`,
    kind: 'registration',
    subject: `test:${who}`,
    known: day(0.5),
    facts: { name: `演示企业${who}`, industry: 'H', place: PLACES[who % 2] ?? '', owner: `owner-${who % 4}` },
  }),
)

const fact: fc.Arbitrary<Observation> = fc
  .record({
    kind: fc.constantFrom('penalty', 'complaint', 'arrears', 'commitment', 'withdrawal'),
    who: fc.nat({ max: REGISTRY.length - 1 }),
    at: fc.double({ min: 1, max: END, noNaN: true }),
    number: fc.nat({ max: 9 }),
    late: fc.nat({ max: 40 }),
  })
  .map(({ kind, who, at, number }) => {
    const record = `${kind === 'withdrawal' ? 'penalty' : kind}-${who}-${number}`
    const subject = `test:${who}`
    const facts: Record<string, string> = kind === 'commitment' ? { promise: 'p', deadline: String(day(at + 20)) } : {}
    return observation({ record, part: kind, kind, subject, known: day(at), decided: day(at), facts, content: `${at}` })
  })

const arriving = fc.uniqueArray(fc.tuple(fact, fc.nat({ max: 40 })), {
  maxLength: 60,
  selector: ([one]) => `${one.id} ${one.content}`,
})

const weeks = fc.uniqueArray(fc.nat({ max: 20 }), { maxLength: 6 })

/** Bytes of the same state may differ in the numbers of their words: what is unpacked may not. */
function everythingIn({ enterprises, reach, ...rest }: ShardState): unknown {
  const writer = createByteWriter()
  reach.write(writer)
  const next = [...enterprises.each()].map(({ number }) => enterprises.next(number))
  return { ...rest, enterprises: [...enterprises.each()], next, reach: Buffer.from(writer.view()).toString('hex') }
}

/** One shard, of which everything is counted as if it were the city. */
function fold(
  facts: readonly (readonly [Observation, number])[],
  start: ShardState,
  /** Weeks after which what changed is kept, and after which it is all begun again from what was kept. */
  { keptWeeks = [], restartWeek = -1 }: { readonly keptWeeks?: readonly number[]; readonly restartWeek?: number } = {},
): unknown[] {
  const kept = { whole: shardStateToBytes(start), changes: [] as Uint8Array[] }
  const side = createSide(POLICY.periodMs)
  const surges = createSurges(side, POLICY)
  let one = createShardFold(start, side, surges, POLICY)
  const said: unknown[] = []
  for (let week = 0; week * 7 < END + 80; week++) {
    const [from, until] = [day(week * 7), day((week + 1) * 7)]
    const own = facts.filter(
      ([{ known }, late]) => known + late * 86_400_000 >= from && known + late * 86_400_000 < until,
    )
    const batch = [...(week === 0 ? REGISTRY : []), ...own.map(([fact]) => fact)].sort(compareObservations)
    const heard = nothingSaid()
    one.observe(batch, [{ feed: 'all', until, closed: false }], heard)
    one.elapse(heard)
    for (const { start: began, end, counts, ties } of heard.partials) {
      const period: SealedPeriod = {
        realm: 'test',
        start: began,
        end,
        effective: end + POLICY.periodMs,
        counts,
        examples: {},
        ties,
      }
      side.take(period)
    }
    said.push(heard.changes, heard.registered, heard.partials, [...heard.standing])
    if (week !== restartWeek && !keptWeeks.includes(week)) continue
    kept.changes.push(shardChangesToBytes(one.state))
    if (week !== restartWeek) continue
    const whole = shardStateFromBytes(shardStateToBytes(one.state))
    const state = shardStateFromBytes(kept.whole, kept.changes)
    expect(everythingIn(state)).toStrictEqual(everythingIn(whole))
    one = createShardFold(state, side, surges, POLICY)
  }
  return said
}

describe('enterprises that are packed while nothing happens to them', () => {
  it('are judged, rebuilt and reached as if they had been objects all the time', () => {
    fc.assert(
      fc.property(
        arriving,
        fc.integer({ min: 1, max: 4 }),
        fc.nat({ max: 20 }),
        weeks,
        (facts, mostWarm, week, kept) => {
          const warm = fold(facts, emptyShardState(0))
          expect(fold(facts, emptyShardState(0, mostWarm))).toEqual(warm)
          const restart = { keptWeeks: kept, restartWeek: week }
          expect(fold(facts, emptyShardState(0, mostWarm), restart)).toEqual(warm)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('a snapshot', () => {
  it('of a layout of before is set aside, and its shard is built again', async () => {
    const bytes = shardStateToBytes(emptyShardState(1))
    const [packed, json] = [Uint8Array.from([3, ...bytes.subarray(1)]), Buffer.from('{"version":2,"enterprises":[]}')]
    const snapshots = createMemorySnapshots()
    const written = [packed, json, bytes].map((state, shard) => [shard, { positions: {}, state, reach: 1 }] as const)
    await snapshots.save('test', 'process', new Map(written))
    const { loaded } = await loadShards({ snapshots, happened: () => undefined }, 'test', 'test', [0, 1, 2])
    expect([...loaded.keys()]).toEqual([2])
  })

  it('of a layout that nobody knows is refused, as is half a one', () => {
    const bytes = shardStateToBytes(emptyShardState(1))
    expect(() => shardStateFromBytes(Uint8Array.from([9, ...bytes.subarray(1)]))).toThrow('layout 9')
    expect(() => shardStateFromBytes(bytes.subarray(0, -1))).toThrow(RangeError)
  })
})
