import { setTimeout as delay } from 'node:timers/promises'
import type { Present } from '../core/present.ts'
import type { RiskPoint } from '../core/risk.ts'
import { readEvents } from './event-stream.ts'
import { PROBE_INDICATOR, type Probe, type Watchers } from './latency-load.ts'

const LOOK_MS = 5

/** A delay in milliseconds, and when the row was sent, of `performance.now()`. */
export interface Delay {
  readonly sent: number
  readonly ms: number
}

/** Delays by what was waited for, in the order of their ends. */
export interface Delays {
  readonly log: Delay[]
  readonly risk: Delay[]
  readonly board: Delay[]
}

export interface Watch extends Watchers {
  readonly delays: Delays
  risk(present: Present, signal: AbortSignal): Promise<void>
  board(url: string, signal: AbortSignal): Promise<void>
}

export function createWatch(): Watch {
  const delays: Delays = { log: [], risk: [], board: [] }
  const unseen = { risk: new Set<Probe>(), board: new Set<Probe>() }

  function note(to: Delay[], { sent, counts }: Probe, now: number): void {
    if (counts) to.push({ sent, ms: now - sent })
  }

  return {
    delays,
    asked(probe) {
      unseen.risk.add(probe)
      unseen.board.add(probe)
    },
    answered: (probe) => note(delays.log, probe, performance.now()),
    waiting: () => unseen.risk.size + unseen.board.size,

    async risk(present, signal) {
      while (!signal.aborted) {
        const waiting = [...unseen.risk]
        const documents = await Promise.all(
          waiting.map(({ enterprise }) => present.readOne('demo', 'risk', enterprise)),
        )
        const now = performance.now()
        for (const [index, probe] of waiting.entries()) {
          const document = documents[index]
          if (document === undefined) continue
          const { signals }: RiskPoint = JSON.parse(document)
          if (!signals.some(({ indicator }) => indicator === PROBE_INDICATOR)) continue
          unseen.risk.delete(probe)
          note(delays.risk, probe, now)
        }
        await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
      }
      for (const probe of unseen.risk) note(delays.risk, probe, performance.now())
    },

    async board(url, signal) {
      try {
        for await (const { data } of readEvents(`${url}/api/realms/demo/board/stream`, signal)) {
          const { sealedUntil } = JSON.parse(data) as { readonly sealedUntil?: number }
          if (sealedUntil === undefined) continue
          const now = performance.now()
          for (const probe of unseen.board) {
            if (probe.tick > sealedUntil) continue
            unseen.board.delete(probe)
            note(delays.board, probe, now)
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
      for (const probe of unseen.board) note(delays.board, probe, performance.now())
    },
  }
}
