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

/** A row under the subject that it is about by now; `filedAs` keeps what it was filed under. */
export function underCurrent(kept: KeptRow, aliases: Aliases): KeptRow {
  const current = aliases.current(kept.subject)
  return current === kept.subject ? kept : underSubject(kept, current, { filedAs: kept.subject })
}

export function underSubject(kept: KeptRow, subject: string, facts: Readonly<Record<string, string>>): KeptRow {
  const observations = kept.observations.map((each) => ({ ...each, subject, facts: { ...each.facts, ...facts } }))
  return { ...kept, subject, observations }
}
