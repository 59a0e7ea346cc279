import { DAY_MS, HOUR_MS } from '../../core/time.ts'
import { day } from '../support/observations.ts'
import type { Dice } from './dice.ts'

/** A row as its sender files it: the columns of the feeds in `city.ts`, and where it comes in the story. */
export interface Filed {
  readonly feed: string
  /** Columns; instants are UTC ms. */
  readonly row: Readonly<Record<string, string | number>>
  /** The week in whose course it is sent: of its own week, or of a later one for what comes late. */
  readonly week: number
}

export interface Story {
  readonly rows: readonly Filed[]
  /** At the end of which week a feed turns, and to what. */
  readonly turns: readonly { readonly feed: string; readonly week: number; readonly to: 'late' | 'healthy' }[]
  readonly weeks: number
}

export const FIRST_DAY = 0
const WEEK_DAYS = 7
const SQUARES = ['1', '2'] as const
const INDUSTRIES = ['F', 'H'] as const
const DISTRICTS = ['140105', '140106'] as const

export const weekEnd = (week: number): number => day((week + 1) * WEEK_DAYS)

/** Two firms of one owner, whose records are never late (see the limits in docs/decisions/0005); the others may be. */
export const TIED: readonly string[] = ['1', '2']

/** What happens in a city of five enterprises over some weeks. */
export function tellStory(dice: Dice): Story {
  const weeks = dice.between(4, 6)
  const lastDay = weeks * WEEK_DAYS - 1
  const enterprises = ['1', '2', '3', '4', '5']
  const rows: Filed[] = []
  let revisions = 0
  const known = (from = 1): number => day(dice.between(from * 24, lastDay * 24) / 24)
  const weekOf = (instant: number) => Math.floor((instant - day(0)) / (WEEK_DAYS * DAY_MS))

  /** `from`: the first week in which it may be sent. Returns the week in which it is. */
  function file(feed: string, row: Record<string, string | number>, lateChance = 0, from = 0): number {
    const own = Math.max(from, weekOf(Number(row.known)))
    const isLate = !TIED.includes(String(row.who)) && dice.chance(lateChance)
    const week = isLate ? Math.min(weeks - 1, own + dice.between(1, 4)) : own
    rows.push({ feed, row: { rev: ++revisions, ...row }, week })
    return week
  }

  const soonAfter = (instant: number, days: number) =>
    Math.min(day(lastDay), instant + dice.between(1, days * 24) * HOUR_MS)

  /** Some versions, known in any order and sent in any; in the end it may be revoked, and that too taken back. */
  function filePenalty(no: string): void {
    const who = dice.pick(enterprises)
    const made = known()
    let newest = made
    let sent = 0
    const version = (instant: number, state: string, from: number) => {
      newest = Math.max(newest, instant)
      const decided = made - dice.between(0, 5) * DAY_MS
      sent = Math.max(sent, file('penalties', { no, who, known: instant, decided, state }, 0.3, from))
    }
    version(made, 'in-force', 0)
    for (let more = dice.between(-2, 2); more > 0; more--) version(soonAfter(made, 20), 'in-force', 0)
    if (TIED.includes(who) || !dice.chance(0.4)) return
    version(soonAfter(newest, 10), 'revoked', sent)
    if (sent + 1 < weeks && dice.chance(0.5)) version(soonAfter(newest, 5), 'in-force', sent + 1)
  }

  for (const [index, who] of enterprises.entries()) {
    const base = {
      no: `licence ${who}`,
      who,
      district: DISTRICTS[index % 2] ?? '',
      industry: INDUSTRIES[Math.floor(index / 2) % 2] ?? '',
      place: index === 4 ? '' : `place:square:${SQUARES[index % 2]}`,
      owner: TIED.includes(who) ? 'owner-1' : index === 2 ? 'owner-2' : '',
    }
    file('registry', { ...base, known: day(dice.between(0, 40) / 24), name: `演示企业${who}` })
    // Under another name, and some of them in another street or trade.
    const moved = { place: `place:square:${dice.pick(SQUARES)}`, industry: dice.pick(INDUSTRIES) }
    const changed = { ...base, name: `演示企业${who}改`, ...(dice.chance(0.5) ? moved : {}) }
    if (dice.chance(0.4)) file('registry', { ...changed, known: known(8) }, 0.3)
  }

  for (let number = dice.between(4, 10); number > 0; number--) filePenalty(`penalty ${number}`)

  /** Closed or not; in the end it may be revoked, and that too taken back. */
  function fileComplaint(no: string): void {
    const who = dice.pick(enterprises.slice(0, 3))
    const made = known()
    let newest = made
    let sent = 0
    const version = (instant: number, state: string, from: number) => {
      newest = Math.max(newest, instant)
      sent = Math.max(sent, file('complaints', { no, who, known: instant, state }, 0.3, from))
    }
    version(made, 'open', 0)
    if (dice.chance(0.4)) version(soonAfter(made, 8), dice.pick(['closed', 'mistaken']), 0)
    if (TIED.includes(who) || !dice.chance(0.4)) return
    version(soonAfter(newest, 10), 'revoked', sent)
    if (sent + 1 < weeks && dice.chance(0.3)) version(soonAfter(newest, 5), 'open', sent + 1)
  }

  for (let number = dice.between(4, 12); number > 0; number--) fileComplaint(`complaint ${number}`)

  for (let number = dice.between(2, 10); number > 0; number--) {
    file('places', { no: `call ${number}`, who: dice.pick(SQUARES), known: known() })
  }

  for (let number = dice.between(1, 5); number > 0; number--) {
    const who = dice.pick(enterprises)
    const made = known()
    const promise = `p${number}`
    file('promises', { no: `promise ${number}`, who, promise, known: made, due: made + 9 * DAY_MS, state: 'made' }, 0.3)
    if (dice.chance(0.5)) {
      const kept = soonAfter(made, 30)
      file('promises', { no: `outcome ${number}`, who, promise, known: kept, due: 0, state: 'kept' }, 0.3)
    }
  }

  for (let number = dice.between(3, 12); number > 0; number--) {
    const who = dice.pick(enterprises)
    file('arrears', { no: `debt ${number}`, who, known: known(), amount: dice.between(10, 200) }, 0.3)
  }

  const turned = dice.between(1, weeks - 2)
  const turns = dice.chance(0.5)
    ? [
        { feed: 'arrears', week: turned, to: 'late' as const },
        { feed: 'arrears', week: Math.min(weeks - 1, turned + dice.between(1, 3)), to: 'healthy' as const },
      ]
    : []
  return { rows, turns, weeks }
}
