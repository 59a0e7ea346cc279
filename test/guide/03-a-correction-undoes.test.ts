/**
 * The guide, third part: what was wrong is taken back.
 *
 * Nothing is subtracted. Once the correction is known, an enterprise is judged from the records that stand, its past
 * included: all that is said of it is what would have been said had the wrong one never been. What was said before stays
 * to be seen as it was known then: a decision of that day can be explained.
 */
import { describe, expect, it } from 'vitest'
import { createGuideCity, type GuideCity, midnight, penalty, REGISTRATION, RESTAURANT } from '../support/guide-city.ts'

const WRONG = '并市罚〔2026〕7号'
const RIGHT = '并市罚〔2026〕8号'
const withdrawn = penalty(WRONG, '2026-03-05', { BZ: '撤销', SJC: '2026-05-02 10:00:00' })

/** The same months, told by whoever files the penalties. */
async function months(tell: (city: GuideCity) => Promise<void>): Promise<GuideCity> {
  const city = await createGuideCity()
  await city.files('registry', [REGISTRATION])
  await city.dayBegins('2026-03-01')
  await tell(city)
  await city.dayBegins('2026-12-01')
  return city
}

/** How the restaurant stood at the beginning of a day, as it was known by another: its risk, its class, and why. */
function standing(city: GuideCity, date: string, known?: string) {
  const point = city.changes(RESTAURANT, known).findLast(({ effective }) => effective <= midnight(date))
  if (point === undefined) throw new Error(`nothing was known on ${date}`)
  const { risk, own, basis, class: letter, signals } = point
  return { risk, own, basis, letter, signals }
}

const DAYS = ['2026-03-22', '2026-04-15', '2026-05-03', '2026-06-15', '2026-08-01', '2026-10-01', '2026-12-01']

describe('a correction undoes a record as if it had never been', () => {
  it('when the authority withdraws it months later', async () => {
    const corrected = await months(async (city) => {
      await city.files('penalties', [penalty(WRONG, '2026-03-05'), penalty(RIGHT, '2026-03-20')])
      await city.dayBegins('2026-05-01')
      const { counts } = await city.files('penalties', [withdrawn])
      expect(counts).toMatchObject({ observations: 0, versions: 1 })
    })
    const neverWrong = await months(async (city) => {
      await city.files('penalties', [penalty(RIGHT, '2026-03-20')])
    })
    for (const day of DAYS) expect(standing(corrected, day)).toEqual(standing(neverWrong, day))
    expect(standing(neverWrong, '2026-05-03').risk).toBeGreaterThan(0)
  })

  it('and shows what was known then where somebody asks for a day before it', async () => {
    const city = await months(async (told) => {
      await told.files('penalties', [penalty(WRONG, '2026-03-05')])
      await told.dayBegins('2026-05-01')
      await told.files('penalties', [withdrawn])
    })
    const asKnownThen = standing(city, '2026-05-02', '2026-05-02')
    expect(asKnownThen.signals.flatMap(({ evidence }) => evidence)).toHaveLength(1)
    expect(asKnownThen.letter).not.toBe('A')
    for (const day of ['2026-04-01', '2026-05-02', '2026-05-03']) {
      expect(standing(city, day)).toMatchObject({ risk: 0, letter: 'A', signals: [] })
    }
  })

  it('when it is filed again with what it should have said', async () => {
    const fine = penalty(WRONG, '2026-03-05', { CF_CFLB: '罚款', SJC: '2026-03-05 11:00:00' })
    const corrected = await months(async (city) => {
      await city.files('penalties', [penalty(WRONG, '2026-03-05')])
      await city.dayBegins('2026-05-01')
      await city.files('penalties', [fine])
    })
    const rightAtOnce = await months(async (city) => {
      await city.files('penalties', [fine])
    })
    for (const day of DAYS.slice(2)) expect(standing(corrected, day)).toEqual(standing(rightAtOnce, day))
    expect(standing(corrected, '2026-05-03').letter).not.toBe('A')
  })

  it('whatever order the versions arrive in: the source numbers them, not the post', async () => {
    const first = penalty(WRONG, '2026-03-05')
    const inOrder = await months(async (city) => {
      await city.files('penalties', [first])
      await city.dayBegins('2026-06-01')
      await city.files('penalties', [withdrawn])
    })
    const turnedAbout = await months(async (city) => {
      await city.files('penalties', [withdrawn])
      await city.dayBegins('2026-06-01')
      await city.files('penalties', [first])
    })
    const past = (city: GuideCity) =>
      city.changes(RESTAURANT).map(({ revision: _, receipt: __, recorded: ___, ...point }) => point)
    expect(past(turnedAbout)).toEqual(past(inOrder))
  })
})
