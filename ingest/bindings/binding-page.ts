import type { Observation } from '../../core/observation.ts'

/** A device or a place belongs to an enterprise from one instant until before another, UTC ms; without an end `to` is 0. */
export interface Binding {
  /** Id of the observation that says so, and the order among its versions. */
  readonly id: string
  readonly version: number
  readonly content: string
  readonly enterprise: string
  readonly from: number
  readonly to: number
  /** Withdrawn by its source. */
  readonly gone: boolean
}

/** All bindings of one device or place that were ever filed, the newest version of each: one page of the book. */
export type BindingPage = readonly Binding[]

/** What has more is neither device nor place: the oldest beginnings are forgotten. */
const MOST_BINDINGS = 1_000

export function readPage(text: string | undefined): BindingPage {
  return text === undefined ? [] : (JSON.parse(text) as BindingPage)
}

export function isBinding({ kind }: { readonly kind: string }): boolean {
  return kind === 'device-binding' || kind === 'place-binding'
}

/**
 * What a binding speaks of, as rows about it name their subject: `mn:140105A8900016F000169DC0`, `place:address:140105-77`,
 * or the square of the enterprise's own coordinates, `place:3754:-7924`.
 */
export function boundOf({ kind, facts }: Pick<Observation, 'kind' | 'facts'>): string | undefined {
  const { scheme, device, place } = facts
  if (kind === 'place-binding')
    return scheme === undefined || place === undefined ? place : `${PLACE}${scheme}:${place}`
  return scheme === undefined || device === undefined ? undefined : `${scheme}:${device}`
}

const PLACE = 'place:'

export function isPlace(subject: string): boolean {
  return subject.startsWith(PLACE)
}

/** The page with what a binding says; the same page where that is not newer. */
export function withBinding(page: BindingPage, observation: Observation): BindingPage {
  if (!isNews(page, observation)) return page
  const { id, version, content, subject, facts } = observation
  const enterprise = facts.filedAs ?? subject
  const binding = { id, version, content, enterprise, from: Number(facts.from), to: Number(facts.to ?? 0), gone: false }
  const next = [...page.filter((each) => each.id !== id), binding]
  return next.sort((left, right) => left.from - right.from || (left.id < right.id ? -1 : 1)).slice(-MOST_BINDINGS)
}

/** The page with a binding withdrawn, or moved to another device or place; it stays to be seen whose rows it had brought. */
export function withoutBinding(page: BindingPage, observation: Observation): BindingPage {
  if (!isNews(page, observation)) return page
  const { id, version, content } = observation
  return page.map((binding) => (binding.id === id ? { ...binding, version, content, gone: true } : binding))
}

function isNews(page: BindingPage, { id, version, content }: Observation): boolean {
  const known = page.find((binding) => binding.id === id)
  return known === undefined || version > known.version || (version === known.version && content > known.content)
}

/** Whose the device was at an instant: where two bindings overlap, the one that began last. */
export function boundAt(page: BindingPage, instant: number): string | undefined {
  return page.findLast((binding) => holdsAt(binding, instant))?.enterprise
}

/** All enterprises that were at the place at an instant, each once. */
export function allBoundAt(page: BindingPage, instant: number): readonly string[] {
  return [...new Set(page.filter((binding) => holdsAt(binding, instant)).map(({ enterprise }) => enterprise))]
}

function holdsAt({ from, to, gone }: Binding, instant: number): boolean {
  return !gone && from <= instant && (to === 0 || instant < to)
}
