import { CITY } from './city.ts'
import type { Fact } from './oracle-facts.ts'

/** What the rules of `city.ts` mean, in as few lines as they can be said in: everything is counted again at every instant. */
export interface Said {
  /** 0–1000. */
  readonly intensity: number
  readonly measure: string
  readonly evidence: readonly string[]
}

export interface Around {
  /** What stands of the enterprise at the instant. */
  readonly standing: readonly Fact[]
  /** By feed, the instants in turn at which it broke and was well again. */
  readonly outages: ReadonlyMap<string, readonly number[]>
  /** Complaints of the enterprise's industry over the last whole weeks, and how many firms are in it, both as in force at an instant. */
  readonly peersAt: (instant: number) => { readonly complaints: number; readonly firms: number }
  readonly callsAround: number
  /** Others of the same owners, with their own risk, gravest first. */
  readonly others: readonly (readonly [enterprise: string, own: number])[]
}

const DAY = 86_400_000
const NEWEST = 5
const half = (amount: number, by: number) => Math.floor((amount * 1000) / (amount + by))
const newest = (facts: readonly Fact[]) =>
  facts
    .slice(-NEWEST)
    .reverse()
    .map(({ id }) => id)

type Rule = (instant: number, around: Around) => Said | undefined

export const RULES: Readonly<Record<string, Rule>> = {
  penalties(instant, { standing }) {
    const penalties = standing.filter(({ feed, part }) => feed === 'penalties' && part === 'fact')
    let sum = 0
    for (const { decided } of penalties) {
      const age = (instant - decided) / DAY
      sum += CITY.decays.half?.findLast(([days]) => days <= age)?.[1] ?? 0
    }
    if (sum === 0) return undefined
    return { intensity: half(sum, 2_000), measure: (sum / 1000).toFixed(2), evidence: newest(penalties) }
  },

  complaints(instant, { standing, peersAt }) {
    const made = standing.filter(({ feed, part }) => feed === 'complaints' && part === 'made')
    const week = made.filter(({ known }) => known >= instant - 7 * DAY)
    const before = made.filter(({ known }) => known < instant - 7 * DAY && known >= instant - 35 * DAY)
    const last = week.at(-1)
    if (week.length < 2 || last === undefined) return undefined
    const { complaints, firms } = peersAt(last.known)
    const peers = firms === 0 ? 0 : (complaints * 7) / (firms * 28)
    const expected = (before.length + peers) / 5 + 0.05
    let below = 0
    let term = Math.exp(-expected)
    for (let k = 0; k < week.length; k++) {
      below += term
      term *= expected / (k + 1)
    }
    const powers = -Math.log10(Math.max(1 - below, 1e-9))
    const intensity = Math.max(0, Math.min(1000, Math.floor((powers - 1) * 250)))
    return { intensity, measure: `${week.length}/${expected.toFixed(2)}`, evidence: newest(week) }
  },

  promises(instant, { standing }) {
    const kept = new Set(standing.filter(({ part }) => part === 'kept').map(({ row }) => row.promise))
    const broken = standing.filter(
      ({ feed, part, row }) =>
        feed === 'promises' && part === 'made' && !kept.has(row.promise) && Number(row.due) < instant,
    )
    if (broken.length === 0) return undefined
    const longest = instant - Math.min(...broken.map(({ row }) => Number(row.due)))
    const intensity = Math.min(10, 1 + Math.floor(longest / (3 * DAY))) * 100
    const measure = `${broken.length} (${Math.floor(longest / DAY)} d)`
    const evidence = broken.map(({ id }) => id).reverse()
    return { intensity, measure, evidence: evidence.slice(0, NEWEST) }
  },

  silence(instant, { standing, outages }) {
    const last = standing.findLast(({ feed }) => feed === 'arrears')
    if (last === undefined) return undefined
    const turns = outages.get('arrears') ?? []
    let silent = instant - last.known
    let isBroken = false
    for (let i = 0; i < turns.length; i += 2) {
      const [broke = instant, well = Number.POSITIVE_INFINITY] = turns.slice(i, i + 2)
      silent -= Math.max(0, Math.min(well, instant) - Math.max(broke, last.known))
      isBroken ||= broke < instant && instant <= well
    }
    if (silent <= 14 * DAY) return undefined
    const intensity = Math.min(10, 1 + Math.floor((silent - 14 * DAY) / (3 * DAY))) * 100
    const measure = `${Math.floor(silent / DAY)} d${isBroken ? ', feed broken' : ''}`
    return { intensity, measure, evidence: [last.id] }
  },

  around(_, { callsAround }) {
    if (callsAround === 0) return undefined
    const intensity = Math.floor(half(callsAround, 3) / 50) * 50
    return { intensity, measure: String(callsAround), evidence: [] }
  },

  owners(_, { others }) {
    const [gravest] = others
    if (gravest === undefined || gravest[1] < 100) return undefined
    const [through, own] = gravest
    return { intensity: Math.floor((own * 600) / 1000), measure: `${through} (${own})`, evidence: [] }
  },

  debts(instant, { standing }) {
    const recent = standing.filter(({ feed, known }) => feed === 'arrears' && known >= instant - 10 * DAY)
    const sum = recent.reduce((total, { row }) => total + Number(row.amount), 0)
    if (sum < 50) return undefined
    return { intensity: half(sum, 200), measure: String(sum), evidence: newest(recent) }
  },
}
