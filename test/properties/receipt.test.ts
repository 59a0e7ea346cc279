import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SealedPeriod } from '../../core/cells.ts'
import type { Observation } from '../../core/observation.ts'
import { readObservations } from '../../core/observation-line.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { shardOf } from '../../core/shard.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { foldPointAgain, type ReceiptInputs } from '../../processors/make-receipt.ts'
import { digestOf, type Receipt, receiptBytes } from '../../processors/receipt.ts'
import { verifyReceipt } from '../../processors/verify-receipt.ts'
import { day, observation, testRealm } from '../support/observations.ts'
import { batchesOf, type Delivery, inOrder, runEngine } from './engine.ts'

const WHO = 'uscc:91140105MA0T100092'
const NEIGHBOUR = 'uscc:91140106MA0T10375C'
const PLACE = 'place:3785:11254'
const END = 120
const WEEKLY = Array.from({ length: 26 }, (_, week) => day((week + 1) * 7))

const realm = testRealm()
const common = { name: realm.name, family: 'supervision', cause: 'fire', weight: 300, basis: false } as const
const POLICY = compilePolicy({
  ...realm,
  indicators: [
    ...realm.indicators,
    {
      ...common,
      id: 'heat',
      kind: 'threshold-duration',
      metric: 'heat',
      above: 60,
      forMinutes: 0,
      fullMinutes: 600,
      holdDays: 9,
    },
  ],
})

const FIRST = {
  type: 'policy-in-force',
  realm: 'test',
  id: 'first',
  policy: POLICY.hash,
  staged: 'first',
  activation: '',
  from: 0,
  at: 0,
} as const

const REGISTRY = [WHO, NEIGHBOUR].map((subject, index) =>
  observation({
    record: `reg-${index}`,
    feed: 'registry',
    kind: 'registration',
    subject,
    known: day(0.5),
    facts: { name: `演示企业${index}`, district: '140105', industry: 'H', owner: 'owner-1', place: PLACE },
  }),
)

const fact: fc.Arbitrary<Observation> = fc
  .record({
    kind: fc.constantFrom('penalty', 'complaint', 'arrears', 'withdrawal', 'place-complaint', 'sensor-reading'),
    subject: fc.constantFrom(WHO, WHO, NEIGHBOUR),
    at: fc.integer({ min: 10, max: END * 10 }),
    number: fc.nat({ max: 25 }),
    version: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ kind, subject, at, number, version }) => {
    const shared = { record: `${kind}-${number}-${subject.slice(-1)}`, version, known: day(at / 10) }
    switch (kind) {
      case 'place-complaint':
        return observation({ ...shared, feed: 'calls', kind: 'complaint', subject: PLACE })
      case 'sensor-reading':
        return observation({
          ...shared,
          feed: 'sensors',
          kind,
          subject,
          value: number * 5,
          facts: { metric: 'heat', device: 'd1' },
        })
      case 'withdrawal':
        return observation({
          ...shared,
          feed: 'objections',
          kind,
          subject,
          facts: { retracts: `penalty/penalty-${number}-${subject.slice(-1)}/` },
        })
      default:
        return observation({ ...shared, feed: kind, kind: kind as Observation['kind'], subject })
    }
  })

interface Told {
  readonly deliveries: readonly Delivery[]
  readonly said: readonly RiskPoint[]
  readonly sealed: readonly SealedPeriod[]
}

/** Some of the facts come weeks late, and a feed breaks for a while. */
const told: fc.Arbitrary<Told> = fc
  .record({
    facts: fc.uniqueArray(fact, { minLength: 5, maxLength: 45, selector: (one) => `${one.id} ${one.version}` }),
    late: fc.integer({ min: 2, max: 9 }),
  })
  .map(({ facts, late }) => {
    const all = [...REGISTRY, ...facts]
    const isLate = (index: number) => index > 1 && index % late === 0
    const inTime = inOrder(
      all.filter((_, index) => !isLate(index)),
      WEEKLY,
    )
    const broken = { feed: 'insurance', to: 'silent', at: day(70) } as const
    const deliveries = inTime.map((delivery, week) => ({
      ...delivery,
      observations: [
        ...delivery.observations,
        ...all.filter(({ known }, index) => isLate(index) && Math.ceil((known - day(0)) / day(7)) + 3 === week),
      ],
      ...(week === 10
        ? { turned: [broken] }
        : week === 14
          ? { turned: [{ ...broken, to: 'healthy' as const, at: day(98) }] }
          : {}),
    }))
    return { deliveries, ...runEngine(deliveries, { policy: POLICY }) }
  })

async function* inPages<One>(all: readonly One[]): AsyncGenerator<readonly One[]> {
  for (let from = 0; from < all.length; from += 5) yield all.slice(from, from + 5)
}

async function* oneByOne<One>(all: readonly One[]): AsyncGenerator<One> {
  yield* all
}

function inputsOf({ deliveries, sealed }: Told, enterprise: string): ReceiptInputs {
  const batches = deliveries.flatMap((delivery, index) => batchesOf(delivery, index + 1))
  return {
    batches: inPages(batches.filter(({ shard }) => shard === shardOf(enterprise))),
    periods: oneByOne(sealed),
    keys: new Set([PLACE, 'H', 'owner-1']),
    activation: FIRST,
  }
}

async function receiptOf(story: Told, point: RiskPoint): Promise<Receipt> {
  const { receipt } = await foldPointAgain(inputsOf(story, point.enterprise), POLICY, point)
  if (receipt === undefined) throw new Error(`the archive does not give ${JSON.stringify(point)}`)
  return { ...receipt, digest: digestOf(receipt) }
}

const provable = ({ said }: Told) => said.filter(({ removed, enterprise }) => removed === 0 && enterprise === WHO)

/** Of points at one instant recorded at one tick the newest stands: an older one was replaced within that tick. */
function standing(said: readonly RiskPoint[]): RiskPoint[] {
  const newest = new Map(said.map((point) => [`${point.effective} ${point.recorded}`, point]))
  return [...newest.values()].filter(({ removed }) => removed === 0)
}

describe('a receipt proves its score by itself', () => {
  it('whatever was said, and however late its records came', async () => {
    await fc.assert(
      fc.asyncProperty(told, async (story) => {
        for (const point of standing(story.said.filter(({ enterprise }) => enterprise === WHO))) {
          const receipt = await receiptOf(story, point)
          const check = verifyReceipt(receiptBytes(receipt))
          expect(check).toEqual({ ok: true, differences: [], point })
        }
      }),
      { numRuns: 8 },
    )
  })

  it('the same receipt has the same bytes', async () => {
    const [story] = fc.sample(told, { numRuns: 1, seed: 7 })
    const point = story && provable(story).at(-1)
    if (story === undefined || point === undefined) throw new Error('nothing was said')
    const [once, again] = [await receiptOf(story, point), await receiptOf(story, point)]
    expect(receiptBytes(once)).toEqual(receiptBytes(again))
  })

  it('any byte of its file that is changed is found', async () => {
    await fc.assert(
      fc.asyncProperty(
        told,
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 30, maxLength: 30 }),
        async (story, which, changes) => {
          const points = standing(story.said.filter(({ enterprise }) => enterprise === WHO))
          const point = points[which % Math.max(1, points.length)]
          fc.pre(point !== undefined)
          if (point === undefined) return
          const bytes = receiptBytes(await receiptOf(story, point))
          for (const [at, by] of changes) {
            const changed = Buffer.from(bytes)
            const place = at % changed.length
            changed[place] = (changed[place] ?? 0) ^ by
            const { ok, differences } = verifyReceipt(changed)
            expect({ ok, named: differences.length > 0 }).toEqual({ ok: false, named: true })
          }
        },
      ),
      { numRuns: 6 },
    )
  })

  describe('where somebody made a new digest', () => {
    const [story] = fc.sample(told, { numRuns: 1, seed: 11 })
    if (story === undefined) throw new Error('nothing was told')
    const points = standing(story.said.filter(({ enterprise, signals }) => enterprise === WHO && signals.length > 1))

    /** Every value of the receipt below a place, by its path. */
    function leavesOf(value: unknown, path: readonly string[]): (readonly string[])[] {
      if (typeof value !== 'object' || value === null) return [path]
      return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
    }

    function forged(receipt: Receipt, path: readonly string[]): Uint8Array {
      const copy: Receipt = structuredClone(receipt)
      const holder = path.slice(0, -1).reduce<object>((inner, name) => Reflect.get(inner, name), copy)
      const name = path.at(-1) ?? ''
      const value: unknown = Reflect.get(holder, name)
      Reflect.set(
        holder,
        name,
        typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value}x`,
      )
      return receiptBytes(copy)
    }

    it('a change of the point or of the policy is found all the same', async () => {
      expect(points.length).toBeGreaterThan(3)
      for (const point of points.slice(-1)) {
        const receipt = await receiptOf(story, point)
        for (const part of ['point', 'policy'] as const)
          for (const path of leavesOf(receipt[part], [part]))
            expect(verifyReceipt(forged(receipt, path)).ok, path.join('/')).toBe(false)
      }
    })

    it('a missing or a changed record is found where the score rests on it', async () => {
      for (const point of points) {
        const receipt = await receiptOf(story, point)
        const evidence = new Set(point.signals.flatMap((signal) => signal.evidence))
        for (const [index, step] of receipt.steps.entries()) {
          for (const [which, line] of step.lines.entries()) {
            const [observation] = readObservations(Buffer.from(line))
            const id = observation?.id ?? ''
            if (!evidence.has(id)) continue
            const without = step.lines.filter((_, place) => place !== which)
            const changed = step.lines.with(which, JSON.stringify({ ...observation, gone: 1 }))
            for (const lines of [without, changed]) {
              const steps = receipt.steps.with(index, { ...step, lines })
              const { ok, differences } = verifyReceipt(receiptBytes({ ...receipt, steps }))
              expect({ ok, named: differences.length > 0 }, id).toEqual({ ok: false, named: true })
            }
          }
        }
      }
    })

    it('no change of an input makes it say anything else', async () => {
      for (const point of points.slice(-1)) {
        const receipt = await receiptOf(story, point)
        for (const path of [...leavesOf(receipt.sealed, ['sealed']), ...leavesOf(receipt.steps, ['steps'])]) {
          const check = verifyReceipt(forged(receipt, path))
          if (check.ok) expect(check.point, path.join('/')).toEqual(point)
        }
      }
    })
  })
})
