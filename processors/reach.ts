import type { Attributes } from './enterprise.ts'

/** Which enterprises a change of a place or of an owner's group concerns. */
export interface Reach {
  place(id: string, attributes: Attributes): void
  /** Enterprises of these owners and in these places. */
  reachedBy(owners: Iterable<string>, places: Iterable<string>): Set<string>
}

export function createReach(): Reach {
  const byOwner = new Map<string, Set<string>>()
  const byPlace = new Map<string, Set<string>>()
  const placed = new Map<string, { readonly place: string; readonly owners: readonly string[] }>()

  return {
    place(id, { place, owners }) {
      const before = placed.get(id)
      if (before === undefined && place === '' && owners.length === 0) return
      if (
        before?.place === place &&
        before.owners.length === owners.length &&
        before.owners.every((owner, index) => owner === owners[index])
      )
        return
      move(byPlace, id, before === undefined || before.place === '' ? [] : [before.place], place === '' ? [] : [place])
      move(byOwner, id, before?.owners ?? [], owners)
      placed.set(id, { place, owners })
    },
    reachedBy(owners, places) {
      const reached = new Set<string>()
      for (const owner of owners) for (const id of byOwner.get(owner) ?? []) reached.add(id)
      for (const place of places) for (const id of byPlace.get(place) ?? []) reached.add(id)
      return reached
    },
  }
}

function move(index: Map<string, Set<string>>, id: string, from: readonly string[], to: readonly string[]): void {
  for (const key of from) index.get(key)?.delete(id)
  for (const key of to) {
    const found = index.get(key) ?? new Set<string>()
    found.add(id)
    index.set(key, found)
  }
}
