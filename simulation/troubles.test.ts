import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../core/time.ts'
import { startOfDay } from './calendar.ts'
import { CAUSE_TEXTS } from './causes.ts'
import { FEED_NAMES, type FeedName } from './feeds/feed.ts'
import { history } from './timeline.ts'
import { createTroubles, PLOT_NAMES, type Plot, type Trouble, truthLine } from './troubles.ts'
import { createWorld } from './world.ts'

const firstDay = 20_458
const days = 150
const world = createWorld({ seed: 11, enterprises: 3000, firstDay })
const troubles = createTroubles(world)
const planted = troubles.startingIn(firstDay, firstDay + days - 60)
const stretches = [...history(world, { from: firstDay, to: firstDay + days, hourlyFrom: firstDay })]
const of = (plot: Plot) => planted.filter((trouble) => trouble.plot === plot)

/** Lines of a feed that name an enterprise, known within the plot and `more` days after it. */
function linesAbout(feed: FeedName, trouble: Trouble, enterprise: string, more = 0): string[] {
  const start = startOfDay(trouble.start)
  const end = startOfDay(trouble.end + more)
  return stretches
    .filter((day) => day.end > start && day.start < end)
    .flatMap((day) => day.rows[feed].map(({ line }) => line))
    .filter((line) => line.toUpperCase().includes(enterprise))
}

describe('the hidden truth', () => {
  it('has something of every plot, and something new every few days', () => {
    for (const plot of PLOT_NAMES) expect(of(plot).length, plot).toBeGreaterThan(0)
    for (let day = firstDay + 30; day < firstDay + 90; day += 4) {
      expect(troubles.startingIn(day, day + 4).length).toBeGreaterThan(0)
      expect(troubles.activeOn(day).length).toBeGreaterThan(3)
    }
  })

  it('shows a decline as complaints, arrears, a bad inspection and penalties', () => {
    for (const trouble of of('slow-decline')) {
      const [{ uscc } = { uscc: '' }] = trouble.enterprises
      expect(linesAbout('complaints-12345', trouble, uscc).length).toBeGreaterThan(8)
      expect(linesAbout('inspections', trouble, uscc, 10).some((line) => line.includes('严重不合格'))).toBe(true)
      expect(linesAbout('penalties', trouble, uscc, 10).length).toBeGreaterThanOrEqual(2)
    }
  })

  it('shows a cluster as complaints of one cause in at least two industries of one district', () => {
    for (const trouble of of('cross-industry-cluster')) {
      const touched = trouble.enterprises.filter(({ uscc }) =>
        linesAbout('complaints-12345', trouble, uscc).some((line) => line.includes(CAUSE_TEXTS[trouble.cause] ?? '?')),
      )
      expect(new Set(touched.map(({ trade }) => trade.section)).size).toBeGreaterThanOrEqual(2)
      expect(new Set(touched.map(({ district }) => district.code))).toEqual(new Set([trouble.district]))
    }
  })

  it('shows a drifting sensor above its limit at the end and not before', () => {
    for (const trouble of of('sensor-drift')) {
      const { device } = trouble
      if (device === undefined) throw new Error('a sensor plot without a device')
      const valuesOn = (day: number) =>
        (stretches[day - firstDay]?.rows.sensors ?? [])
          .filter(({ line }) => line.includes(`"${device.id}"`))
          .map(({ line }) => Number(JSON.parse(line).v))
      expect(valuesOn(trouble.start - 2).every((value) => value < device.metric.limit)).toBe(true)
      expect(valuesOn(trouble.end - 1).every((value) => value > device.metric.limit)).toBe(true)
    }
  })

  it('lets an owner’s companies fall one after another', () => {
    for (const trouble of of('owner-collapse')) {
      expect(trouble.enterprises.length).toBeGreaterThanOrEqual(3)
      const listed = trouble.enterprises.filter(({ uscc }) => linesAbout('court-listings', trouble, uscc, 5).length > 0)
      expect(listed.length).toBe(trouble.enterprises.length)
    }
  })

  it('shows a runaway as a burst, partly of callers who only know the place', () => {
    for (const trouble of of('prepaid-runaway')) {
      const [enterprise] = trouble.enterprises
      if (enterprise === undefined) throw new Error('nobody ran away')
      expect(linesAbout('complaints-12345', trouble, enterprise.uscc).length).toBeGreaterThan(15)
      const near = stretches
        .filter((day) => day.start >= startOfDay(trouble.start) && day.end <= startOfDay(trouble.end))
        .flatMap((day) => day.rows['complaints-12345'].map(({ line }) => JSON.parse(line)))
        .filter(({ uscc, lat }) => uscc === null && Math.abs(lat - Number(enterprise.latitude)) < 0.003)
      expect(near.length).toBeGreaterThan(8)
    }
  })

  it('leaves commitments without a good outcome', () => {
    for (const trouble of of('missed-commitments')) {
      const [{ uscc } = { uscc: '' }] = trouble.enterprises
      const rows = linesAbout('commitments', trouble, uscc).map((line) => JSON.parse(line))
      expect(rows.filter(({ outcome }) => outcome === null).length).toBeGreaterThanOrEqual(3)
      expect(rows.some(({ outcome }) => outcome === '未履行')).toBe(true)
    }
  })

  it('hears no insurance payment of who fell silent, and heard them before', () => {
    const [trouble] = of('silent-enterprise')
    const uscc = trouble?.enterprises[0]?.uscc ?? ''
    if (trouble === undefined) throw new Error('nobody fell silent')
    const before = { ...trouble, start: trouble.start - 62, end: trouble.start }
    expect(linesAbout('social-insurance', before, uscc).length).toBeGreaterThan(0)
    expect(linesAbout('social-insurance', trouble, uscc)).toEqual([])
  })

  it('holds back what a register knew while its feed was down, and loses what devices measured', () => {
    for (const { feed, start } of of('feed-outage')) {
      if (feed === undefined) throw new Error('an outage of nothing')
      const during = stretches[start - firstDay]
      const after = stretches[start - firstDay + 1]
      expect(during?.rows[feed]).toEqual([])
      expect(during?.down).toEqual([feed])
      const late = after?.rows[feed].filter(({ known }) => known < startOfDay(start + 1)) ?? []
      if (feed === 'sensors' || feed === 'video-events') expect(late).toEqual([])
      else if (feed === 'complaints-12345') expect(late.length).toBeGreaterThan(0)
    }
  })

  it('is written as one JSON object a line, in instants', () => {
    for (const trouble of planted) {
      const written = JSON.parse(truthLine(trouble, startOfDay))
      expect(written.kind).toBe(trouble.plot)
      expect(written.end - written.start).toBe((trouble.end - trouble.start) * DAY_MS)
      expect(written.enterprises).toEqual(trouble.enterprises.map(({ uscc }) => `uscc:${uscc}`))
    }
  })

  it('is in no row: nothing that is sent says that it was planted', () => {
    const sent = stretches
      .slice(30, 60)
      .flatMap(({ rows }) => FEED_NAMES.flatMap((feed) => rows[feed].map(({ line }) => line)))
    const text = sent.join()
    expect(PLOT_NAMES.filter((plot) => text.includes(plot))).toEqual([])
  })
})
