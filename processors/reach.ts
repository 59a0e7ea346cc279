import type { Attributes } from './enterprise.ts'

/** Which enterprises a change of a place or of an owner's group concerns. */
export interface Reach {
  place(id: string, attributes: Attributes): void
  reachedBy(changed: {
    readonly cells: ReadonlyMap<string, ReadonlySet<string>>
    readonly owners: ReadonlySet<string>
  }): Set<string>
}

export function createReach(): Reach {
  const members = new Map<string, Set<string>>()
  const keysOf = new Map<string, readonly string[]>()

  function keys(attributes: Attributes): string[] {
    const owners = attributes.owners.map((owner) => `owner ${owner}`)
    return attributes.place === '' ? owners : [...owners, `place ${attributes.place}`]
  }

  return {
    place(id, attributes) {
      const before = keysOf.get(id)
      if (before === undefined && attributes.place === '' && attributes.owners.length === 0) return
      const now = keys(attributes)
      if (before !== undefined && before.length === now.length && before.every((key, index) => key === now[index]))
        return
      for (const key of before ?? []) members.get(key)?.delete(id)
      for (const key of now) {
        const found = members.get(key) ?? new Set<string>()
        found.add(id)
        members.set(key, found)
      }
      keysOf.set(id, now)
    },
    reachedBy(changed) {
      const reached = new Set<string>()
      const add = (key: string) => {
        for (const id of members.get(key) ?? []) reached.add(id)
      }
      for (const owner of changed.owners) add(`owner ${owner}`)
      for (const cellKeys of changed.cells.values()) for (const key of cellKeys) add(`place ${key}`)
      return reached
    },
  }
}
