import { setTimeout as delay } from 'node:timers/promises'
import { Retryable } from '../core/errors.ts'
import type { EventLog, OutgoingBatch } from '../core/event-log.ts'
import type { Present } from '../core/present.ts'
import type { MadeCity } from './made-city.ts'

const LOTS_A_SECOND = 10
const LOOK_MS = 10
/** The log waits for the folds while a city comes into it: it is cut behind 4 MB of each of 64 shards. */
const MOST_HELD = 600_000_000

export interface ResumeLoad {
  /** Writes a line that counts and waits until the present has heard of it. Answers after how many milliseconds. */
  probe(): Promise<number>
  /** Ends the load; errors are those of writing. */
  stop(): Promise<void>
}

/** The register, as fast as the folds take it. */
export async function writeStock(city: MadeCity, log: EventLog, realm: string, signal: AbortSignal): Promise<void> {
  for (const append of city.stock()) {
    while ((await log.heldBytes('observations', realm)) > MOST_HELD) await delay(100, undefined, { signal })
    await appendSurely(log, append, signal)
  }
}

/** So many rows of the city's hours a second, until it is stopped. */
export function startLoad(
  city: MadeCity,
  { log, present }: { readonly log: EventLog; readonly present: Present },
  realm: string,
  rate: number,
  signal: AbortSignal,
): ResumeLoad {
  const ended = new AbortController()
  let number = 0

  async function write(): Promise<void> {
    const began = performance.now()
    let lots = 0
    for (const append of city.lots(Math.round(rate / LOTS_A_SECOND))) {
      if (ended.signal.aborted || signal.aborted) return
      await appendSurely(log, append, signal)
      lots += 1
      const due = began + (lots * 1000) / LOTS_A_SECOND
      await delay(Math.max(0, due - performance.now()), undefined, { signal })
    }
  }

  const writing = write()
  writing.catch(() => undefined)
  return {
    async probe() {
      const began = performance.now()
      const { enterprise, append } = city.probe(number++)
      await appendSurely(log, append, signal)
      while ((await present.readOne(realm, 'risk', enterprise)) === undefined)
        await delay(LOOK_MS, undefined, { signal })
      return performance.now() - began
    },
    async stop() {
      ended.abort()
      await writing
    },
  }
}

async function appendSurely(log: EventLog, append: readonly OutgoingBatch[], signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await log.append(append)
      return
    } catch (error) {
      if (!(error instanceof Retryable)) throw error
      await delay(100, undefined, { signal })
    }
  }
}
