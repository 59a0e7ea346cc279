import type { Observation } from '../../core/observation.ts'
import { BY_NAME, BY_NUMBER, normaliseNumber } from '../mapping/subject.ts'

/** Whose a number or a name was from an instant on, UTC ms, by the register. */
export interface Holder {
  readonly enterprise: string
  readonly from: number
}

/** All that the register ever said of one number or name, oldest first: one page of the book `numbers`. */
export type NumberPage = readonly Holder[]

/** Of a name that thousands share, as many as a person can look at. */
const MOST_HOLDERS = 20

export function readNumberPage(text: string | undefined): NumberPage {
  return text === undefined ? [] : (JSON.parse(text) as NumberPage)
}

/** The keys under which a registration's numbers and name are looked for; facts `number:{scheme}` and `name`. */
export function keysOf({ facts }: Pick<Observation, 'facts'>): readonly string[] {
  const keys = Object.entries(facts).flatMap(([fact, text]) =>
    fact.startsWith(BY_NUMBER) ? [`${fact}:${normaliseNumber(text)}`] : [],
  )
  return facts.name === undefined ? keys : [...keys, nameKey(facts.name)]
}

/** Width, case, blanks and the two kinds of brackets do not tell names apart. */
export function nameKey(name: string): string {
  return BY_NAME + name.normalize('NFKC').toUpperCase().replace(/\s+/g, '')
}

export function withHolder(page: NumberPage, enterprise: string, from: number): NumberPage {
  const known = page.find((holder) => holder.enterprise === enterprise)
  if (known !== undefined && known.from <= from) return page
  const others = page.filter((holder) => holder.enterprise !== enterprise)
  return [...others, { enterprise, from }].sort((left, right) => left.from - right.from).slice(-MOST_HOLDERS)
}

/** Whose the number was at an instant; before the register spoke of it, whose it was first. */
export function holderAt(page: NumberPage, instant: number): string | undefined {
  return (page.findLast(({ from }) => from <= instant) ?? page[0])?.enterprise
}
