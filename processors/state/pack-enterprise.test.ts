import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EnterpriseState, enterpriseOf, type LastPoint } from '../enterprise.ts'
import { compareEntries, type Entry, FOREVER } from '../entry.ts'
import { sensorKey } from '../indicators/sensor.ts'
import { createByteReader } from './byte-reader.ts'
import { createByteWriter } from './byte-writer.ts'
import { packEnterprise, unpackCounted, unpackEnterprise, unpackNewest } from './pack-enterprise.ts'
import { createWords } from './words.ts'

/** Chinese, halves of surrogate pairs, names of prototypes: whatever a source may send. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '演示·食品店', '\ud800', 'caf\u00e9', '__proto__', 'constructor', '7', 'x'.repeat(300)),
)
const hex = fc.stringMatching(/^[0-9a-f]{16}$/)
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeNat(),
  fc.double(),
  fc.constantFrom(0, -0, 247, 248, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER, Number.NaN),
)
const nullable = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })
const facts = fc
  .array(fc.tuple(text, text), { maxLength: 5 })
  .map((pairs) => JSON.parse(`{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`))

const plain = { noNullPrototype: true } as const

const entry: fc.Arbitrary<Entry> = fc
  .record(
    {
      id: fc.oneof(
        text,
        fc.tuple(text, hex, text).map(([feed, record, part]) => `${feed}/${record}/${part}`),
      ),
      version: number,
      content: fc.oneof(text, hex),
      known: fc.nat(),
      dated: number,
      value: nullable(number),
      hits: fc.array(fc.nat({ max: 300 }), { maxLength: 4 }),
      facts: nullable(facts),
      cells: text,
      gone: fc.boolean(),
      until: fc.oneof(fc.constant(FOREVER), fc.nat()),
      struck: fc.boolean(),
    },
    plain,
  )
  .map((made) => (made.hits.length % 2 === 0 ? { ...made, dated: made.known } : made))

const numbers = fc.array(number, { maxLength: 24 })
const pairs = fc.array(fc.tuple(number, number), { maxLength: 8 })
const sensor = fc.record(
  {
    runStart: number,
    lastKnown: number,
    runs: pairs,
    mean: numbers,
    deviation: numbers,
    seen: numbers,
    unusual: pairs,
  },
  plain,
)
/** As `sensorKey` makes them: a slash in it, whatever device and metric are called. */
const sensorName = fc.tuple(text, text).map(([device, metric]) => sensorKey(device, metric))
const last: fc.Arbitrary<LastPoint> = fc.record(
  {
    effective: number,
    risk: fc.nat({ max: 1000 }),
    own: fc.nat({ max: 1000 }),
    basis: fc.nat({ max: 1000 }),
    class: fc.constantFrom('A', 'B', 'C', 'D'),
    district: text,
    industry: text,
    name: text,
    cause: text,
  },
  plain,
)
const enterprise: fc.Arbitrary<EnterpriseState> = fc
  .record({
    entries: fc.array(entry, { maxLength: 6 }).map((entries) => entries.sort(compareEntries)),
    sensors: fc.array(fc.tuple(sensorName, sensor), { maxLength: 2 }).map((named) => new Map(named)),
    revision: fc.nat(),
    last: nullable(last),
  })
  .map((kept) => enterpriseOf({ id: 'uscc:91140105MA0T100092', number: 7, ...kept }))

describe('a packed enterprise', () => {
  it('is the same to the last bit when it is unpacked, by words that were written down', () => {
    fc.assert(
      fc.property(fc.array(enterprise, { minLength: 1, maxLength: 3 }), (several) => {
        const words = createWords()
        const packed = several.map((one) => {
          const writer = createByteWriter()
          packEnterprise(writer, words, one)
          return Buffer.from(writer.view())
        })
        const read = createWords(JSON.parse(JSON.stringify(words.list())))
        for (const [index, bytes] of packed.entries()) {
          const one = several[index]
          const unpacked = unpackEnterprise(createByteReader(bytes), read, 'uscc:91140105MA0T100092', 7)
          expect(unpacked).toStrictEqual(one)
          expect(JSON.stringify(unpacked)).toBe(JSON.stringify(one))
          expect(unpackNewest(createByteReader(bytes))).toBe(one?.entries.at(-1)?.known ?? 0)
          const counted = unpackCounted(createByteReader(bytes), read)
          expect(counted && { ...one?.last, ...counted }).toStrictEqual(one?.last)
          expect(() => unpackEnterprise(createByteReader(bytes.subarray(0, -1)), read, '', 0)).toThrow(RangeError)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('writes texts out that find no room among the words', () => {
    const words = createWords(Array.from({ length: 2_000 }, (_, index) => `word ${index}`))
    const writer = createByteWriter()
    for (const word of ['word 17', 'one more', 'y'.repeat(101)]) words.write(writer, word)
    const reader = createByteReader(Buffer.from(writer.view()))
    expect([words.read(reader), words.read(reader), words.read(reader)]).toEqual([
      'word 17',
      'one more',
      'y'.repeat(101),
    ])
    expect(words.list()).toHaveLength(2_000)
  })
})
