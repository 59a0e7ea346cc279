import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OBSERVATION_KINDS, type Observation, observationId } from './observation.ts'
import { OBSERVATION_FORM, observationLine, observationRows, readObservations } from './observation-line.ts'

const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('太原市"晋阳"酒家', 'a\\b\n', ''))
const instant = fc.oneof(fc.constant(0), fc.integer({ min: -1e13, max: 1e13 }))
const observation: fc.Arbitrary<Observation> = fc
  .record({
    realm: fc.constantFrom('city', 'demo'),
    feed: fc.constantFrom('penalties', 'sensors'),
    record: fc.stringMatching(/^[0-9a-f]{16}$/),
    part: fc.constantFrom('reading', 'penalty'),
    version: instant,
    content: fc.stringMatching(/^[0-9a-f]{16}$/),
    kind: fc.constantFrom(...OBSERVATION_KINDS),
    subject: anyText,
    authority: fc.constantFrom('market-supervision', '市场监管局'),
    trust: fc.constantFrom('verified', 'reported', 'device'),
    district: fc.constantFrom('', '140105', '140106'),
    industry: fc.constantFrom('', 'H', 'C'),
    cause: fc.constantFrom('', 'fire', 'food-hygiene'),
    occurred: instant,
    decided: instant,
    published: instant,
    known: instant,
    received: instant,
    value: fc.option(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())),
    unit: fc.constantFrom('', 'mg/L'),
    facts: fc.dictionary(fc.oneof(anyText, fc.constant('metric'), fc.constant('__proto__')), anyText),
    source: anyText,
    line: fc.nat(),
    gone: fc.constantFrom(0, 1),
  })
  .map((fields): Observation => ({ ...fields, id: observationId(fields.feed, fields.record, fields.part) }))

const bytesOf = (observations: readonly Observation[]) =>
  Buffer.from(observations.map((one) => `${observationLine(one)}\n`).join(''))
/** What JSON can carry: -0 becomes 0, and a lone surrogate is no text of UTF-8. */
const carried = (observations: readonly Observation[]): unknown =>
  JSON.parse(JSON.stringify(observations).replaceAll(/\\ud[89a-f][0-9a-f]{2}/gi, '\ufffd'))

describe('lines of the log', () => {
  it('give back the observations that they were made of, whatever these hold', () => {
    const wellFormed = fc.array(observation, { maxLength: 12 })
    fc.assert(
      fc.property(wellFormed, (observations) => {
        expect(carried(readObservations(bytesOf(observations)))).toEqual(carried(observations))
      }),
      { numRuns: 300 },
    )
  })

  it('are plain JSON, with a field for each column of the history', () => {
    fc.assert(
      fc.property(observation, (one) => {
        const parsed: unknown[] = JSON.parse(observationLine(one))
        const said: Record<string, unknown> = JSON.parse(JSON.stringify(one))
        expect(parsed).toEqual(OBSERVATION_FORM.columns.map((column) => said[column]))
      }),
    )
  })

  it('may have been written as objects, by an older version or another writer', () => {
    const [example] = fc.sample(observation, { numRuns: 1, seed: 3 })
    if (example === undefined) throw new Error('no example')
    const other = Object.fromEntries(Object.entries(example).reverse())
    const text = `${JSON.stringify(other)}\n\n${JSON.stringify({ ...example, later: { deep: [1] } })}`
    const bytes = Buffer.from(text)
    expect(carried(readObservations(bytes))).toEqual(carried([example, example]))
    expect(Buffer.from(observationRows(bytes))).toEqual(bytesOf([example, example]))
    expect(observationRows(bytesOf([example]))).toEqual(bytesOf([example]))
  })

  it('that are cut off are no observations', () => {
    const [example] = fc.sample(observation, { numRuns: 1, seed: 4 })
    if (example === undefined) throw new Error('no example')
    const line = observationLine(example)
    for (const length of [1, 10, line.length - 1]) {
      expect(() => readObservations(Buffer.from(line.slice(0, length)))).toThrow(SyntaxError)
    }
    expect(() => readObservations(Buffer.from('["city","penalties"]'))).toThrow(SyntaxError)
  })
})
