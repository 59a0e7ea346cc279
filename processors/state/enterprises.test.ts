import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fact } from '../../test/support/indicator-view.ts'
import { addEntry } from '../add-entry.ts'
import { type EnterpriseState, emptyEnterprise } from '../enterprise.ts'
import { FOREVER } from '../entry.ts'
import { createByteReader } from './byte-reader.ts'
import { createByteWriter } from './byte-writer.ts'
import { createEnterprises, type Enterprises, readEnterprises } from './enterprises.ts'

/** What a test does to one of twelve enterprises. */
const step = fc.record({ who: fc.nat({ max: 11 }), day: fc.nat({ max: 500 }), rests: fc.boolean() })

function take(enterprise: EnterpriseState, day: number): void {
  addEntry(enterprise, fact(day))
  enterprise.revision += 1
}

function everything(enterprises: Enterprises): EnterpriseState[] {
  return [...enterprises.each()]
}

function restarted(enterprises: Enterprises): Enterprises {
  const writer = createByteWriter()
  const words = enterprises.write(writer)
  return readEnterprises(createByteReader(Buffer.from(writer.view())), words)
}

describe('the enterprises of a shard', () => {
  it('are the same whether they are objects or packed, and after a restart', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), (steps, mostWarm) => {
        const enterprises = createEnterprises(mostWarm)
        const objects = new Map<string, EnterpriseState>()
        for (const { who, day, rests } of steps) {
          const id = `test:${who}`
          const object = objects.get(id) ?? emptyEnterprise(id, objects.size)
          objects.set(id, object)
          take(object, day)
          take(enterprises.named(id), day)
          enterprises.setNext(enterprises.numberOf(id) ?? -1, day)
          if (rests) enterprises.rest()
        }
        enterprises.rest()
        expect(everything(enterprises)).toStrictEqual([...objects.values()])
        const again = restarted(enterprises)
        expect(everything(again)).toStrictEqual([...objects.values()])
        for (const { id, number } of objects.values()) {
          expect(again.numberOf(id)).toBe(number)
          expect(again.next(number)).toBe(enterprises.next(number))
          expect(again.get(id)).toStrictEqual(objects.get(id))
        }
        const since = (instant: number, from: Enterprises) => from.knownSince(instant).map(({ id }) => id)
        const { known } = fact(250)
        const newer = [...objects.values()].filter(({ entries }) => (entries.at(-1)?.known ?? 0) >= known)
        expect(since(known, again)).toEqual(newer.map(({ id }) => id))
        expect(since(known, enterprises)).toEqual(since(known, again))
      }),
      { numRuns: 100 },
    )
  })

  it('tell what is counted of the last points, warm and cold', () => {
    const enterprises = createEnterprises(1)
    for (const [index, letter] of (['A', 'D', 'B'] as const).entries()) {
      const point = {
        effective: 1,
        risk: index,
        own: 0,
        basis: 0,
        district: '140105',
        industry: 'H',
        name: '',
        cause: '',
      }
      enterprises.named(`test:${index}`).last = { ...point, class: letter }
      enterprises.rest()
    }
    enterprises.named('test:silent')
    const counted = (from: Enterprises) => {
      const seen: string[] = []
      from.visitLast((last) => seen.push(`${last.risk}${last.class}`))
      return seen
    }
    expect(counted(enterprises)).toEqual(['0A', '1D', '2B'])
    expect(counted(restarted(enterprises))).toEqual(['0A', '1D', '2B'])
  })

  it('know nobody who was never named', () => {
    const enterprises = createEnterprises(1)
    expect(enterprises.get('test:nobody')).toBeUndefined()
    expect(enterprises.next(enterprises.named('test:new').number)).toBe(FOREVER)
    expect(() => enterprises.idOf(7)).toThrow(RangeError)
  })
})
