import type { Observation } from '../../core/observation.ts'
import { joinSubjects, splitSubjects } from '../bindings/subjects.ts'
import type { KeptRow } from '../mapping/compile-feed.ts'

/** One subject that has become another: the page of the book `identities` under the id that is no longer used. */
export interface Alias {
  readonly into: string
  /** When it was decided, UTC ms of the realm's clock. */
  readonly at: number
  readonly by: string
  readonly note: string
}

/** Which subject stands for which others; few, and asked for every row where there are any. */
export interface Aliases {
  readonly size: number
  /** Who a subject is by now: itself, or what it has become in the end. */
  current(subject: string): string
  direct(subject: string): Alias | undefined
  all(): ReadonlyMap<string, Alias>
  set(from: string, alias: Alias | undefined): void
}

export function createAliases(book: Readonly<Record<string, string>>): Aliases {
  const aliases = new Map(Object.entries(book).map(([from, text]): [string, Alias] => [from, JSON.parse(text)]))
  return {
    get size() {
      return aliases.size
    },
    current(subject) {
      let current = subject
      // A merge that closes a circle is refused, so a chain ends.
      for (let next = aliases.get(current); next !== undefined; next = aliases.get(current)) current = next.into
      return current
    },
    direct: (subject) => aliases.get(subject),
    all: () => aliases,
    set(from, alias) {
      if (alias === undefined) aliases.delete(from)
      else aliases.set(from, alias)
    },
  }
}

/** A row under the subjects that it is about by now; `filedAs` keeps what it was filed under. */
export function underCurrent(kept: KeptRow, aliases: Aliases): KeptRow {
  const filed = splitSubjects(kept.subject)
  if (filed.every((subject) => aliases.current(subject) === subject)) return kept
  // Of two that are one by now, one is enough.
  const whole = new Map(filed.map((subject) => [aliases.current(subject), subject] as const))
  const observations = [...whole].flatMap(([current, subject]) => {
    const own = kept.observations.filter((each) => each.subject === subject)
    return current === subject ? own : moved(own, current, { filedAs: subject })
  })
  return { ...kept, subject: joinSubjects(whole.keys()), observations }
}

/** A row as one about each of these enterprises. */
export function underSubjects(
  kept: KeptRow,
  subjects: readonly string[],
  facts: Readonly<Record<string, string>>,
): KeptRow {
  const observations = subjects.flatMap((subject) => moved(kept.observations, subject, facts))
  return { ...kept, subject: joinSubjects(subjects), observations }
}

function moved(
  observations: readonly Observation[],
  subject: string,
  facts: Readonly<Record<string, string>>,
): readonly Observation[] {
  return observations.map((each) => ({ ...each, subject, facts: { ...each.facts, ...facts } }))
}
