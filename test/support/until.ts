import { setTimeout as delay } from 'node:timers/promises'

const LOOK_EVERY_MS = 20

/** Looks until there is something to see. Errors: says what it waited for, and the last failure where looking failed. */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | undefined> | Seen | undefined,
  withinMs = 60_000,
): Promise<Seen> {
  const end = performance.now() + withinMs
  let failure: unknown
  do {
    try {
      const seen = await look()
      if (seen !== undefined) return seen
      failure = undefined
    } catch (error) {
      failure = error
    }
    await delay(LOOK_EVERY_MS)
  } while (performance.now() < end)
  throw new Error(`waited ${withinMs} ms in vain for ${what}`, { cause: failure })
}
