import { setTimeout as sleep } from 'node:timers/promises'
import { organisationCheckCharacter, usccCheckCharacter } from '../../core/uscc.ts'
import type { StartedSystem } from './started.ts'

/** Numbered penalties of some enterprises over HTTP, from a sender that gives up on none of them. */
export interface PenaltiesLoad {
  /** How many were acknowledged. */
  acknowledged(): number
  /** How often it had to send again: refused, cut off, or held back. */
  again(): number
  /** Sends no more; resolves when everything that was sent is acknowledged. Errors: an answer that no sender may get. */
  stop(): Promise<void>
  /** Sends no more, whatever became of what was sent. */
  abandon(): void
}

const ENTERPRISES = 40
const BODY_LINES = 20
const SENDERS = 4
const PAUSE_MS = 20
const HEADER = 'CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_WFXW,CF_CFLB,CF_NR_FK,CF_JDRQ,CF_CFJG,CF_CFJGDM,SJC'
const DAY_MS = 86_400_000

/** `now`: wall time, UTC ms: the day before is the day of all of them. */
export function startPenaltiesLoad({ doors, keys }: StartedSystem, now: number): PenaltiesLoad {
  const stopping = new AbortController()
  let abandoned = false
  const date = new Date(now - DAY_MS).toISOString().slice(0, 10)
  let last = 0
  let acknowledged = 0
  let again = 0

  function lineOf(number: number): string {
    const organisation = `MA0T1${String(number % ENTERPRISES).padStart(3, '0')}`
    const first17 = `91140105${organisation}${organisationCheckCharacter(organisation)}`
    const code = `${first17}${usccCheckCharacter(first17)}`
    return `演示店${number % ENTERPRISES},${code},示市监罚〔2026〕${number}号,食品卫生,责令停产停业,5.0,${date},市场监管局,11140100YX0000016C,${date} 00:00:00`
  }

  /** Whether it was taken; a connection that is refused or cut may or may not have brought it in. */
  async function isTaken(body: string): Promise<boolean> {
    const answer = await fetch(`${doors.ingest}/ingest/city/penalties`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys['city/penalties']}`, 'content-type': 'text/csv' },
      body,
    }).catch(() => undefined)
    const said = await answer?.text().catch(() => undefined)
    if (answer === undefined || said === undefined) return false
    if (answer.ok) return true
    if (answer.status === 429 || answer.status >= 500) return false
    throw new Error(`the front door answered ${answer.status}: ${said}`)
  }

  async function send(): Promise<void> {
    while (!stopping.signal.aborted) {
      const lines = Array.from({ length: BODY_LINES }, () => lineOf(++last))
      const body = `${[HEADER, ...lines].join('\n')}\n`
      while (!abandoned && !(await isTaken(body))) {
        again += 1
        await sleep(10 * PAUSE_MS)
      }
      acknowledged += BODY_LINES
      await sleep(PAUSE_MS)
    }
  }

  const running = Promise.all(Array.from({ length: SENDERS }, send))
  // Told by `stop`.
  running.catch(() => undefined)
  return {
    acknowledged: () => acknowledged,
    again: () => again,
    async stop() {
      stopping.abort()
      await running
    },
    abandon() {
      stopping.abort()
      abandoned = true
    },
  }
}
