import type { Present, PresentArea } from '../../core/present.ts'

/** The present of one process, for tests and for looking at a board without a store. */
export function createMemoryPresent(): Present {
  const areas = new Map<string, Map<string, string>>()
  const listeners = new Set<(realm: string, area: PresentArea) => void>()
  const nameOf = (realm: string, area: PresentArea): string => JSON.stringify([realm, area])
  const ring = (realm: string, area: PresentArea): void => {
    for (const listener of listeners) listener(realm, area)
  }
  return {
    async put(realm, area, documents) {
      const entries = Object.entries(documents)
      if (entries.length === 0) return
      const held = areas.get(nameOf(realm, area)) ?? new Map<string, string>()
      for (const [key, document] of entries) held.set(key, document)
      areas.set(nameOf(realm, area), held)
      ring(realm, area)
    },
    async remove(realm, area, keys) {
      if (keys.length === 0) return
      const held = areas.get(nameOf(realm, area))
      for (const key of keys) held?.delete(key)
      ring(realm, area)
    },
    async read(realm, area) {
      return Object.fromEntries(areas.get(nameOf(realm, area)) ?? [])
    },
    async readOne(realm, area, key) {
      return areas.get(nameOf(realm, area))?.get(key)
    },
    async watch(listener) {
      listeners.add(listener)
      return async () => {
        listeners.delete(listener)
      }
    },
    async close() {
      listeners.clear()
    },
  }
}
