import type { Clock } from '../../core/time.ts'
import { rowsOfGb26875, SEND_DATA } from '../../ingest/decode/gb26875.ts'
import { encodeGb26875 } from '../../ingest/decode/gb26875-frame.ts'
import { createGb26875Scanner, type Gb26875Found, type Gb26875Frame } from '../../ingest/decode/gb26875-scanner.ts'
import type { Conversation, Turn } from './conversation.ts'

export interface Gb26875Door {
  readonly clock: Clock
  readonly zoneOffsetMinutes: number
}

const CONFIRM = 3
const DENY = 6
const MOST_STRIKES = 3

/**
 * GB/T 26875.3 as the centre speaks it: data is confirmed once it is durable; a frame whose sum is wrong is denied, and
 * sent again. The protocol knows no password: a transmitter is known by its first sound frame, and whose it is says the
 * binding of its address.
 */
export function createGb26875Conversation({ clock, zoneOffsetMinutes }: Gb26875Door): Conversation {
  const scanner = createGb26875Scanner()
  let device = ''
  let strikes = 0

  function tell({ serial, source, destination }: Gb26875Frame, command: number): Turn {
    const back = { serial, at: clock.now(), offsetMinutes: zoneOffsetMinutes, source: destination, destination: source }
    return { answer: encodeGb26875({ ...back, command }) }
  }

  function turnsOf(found: Gb26875Found): Turn[] {
    if (found.kind === 'noise' && found.isCut) return [{ refused: { why: 'cut-short', device } }]
    const isSound = found.kind === 'frame' && found.isSound
    if (isSound) device = found.frame.source
    const denial = found.kind === 'frame' && !isSound ? tell(found.frame, DENY) : undefined
    if (device === '') {
      strikes++
      const refused = { why: found.kind === 'noise' ? 'no-frame' : 'bad-checksum', device: '' } as const
      return [{ ...denial, refused, hangUp: found.kind === 'noise' || strikes >= MOST_STRIKES }]
    }
    const rows = rowsOfGb26875(found, 1)
    const source = found.kind === 'noise' ? `gb26875:${device}` : sourceOf(found.frame)
    if (found.kind === 'noise' || !isSound) return [{ arrival: { source, rows }, ...denial }]
    if (found.frame.command !== SEND_DATA) return []
    const isUnknown = rows[0]?.error === 'unknown-version'
    return [{ arrival: { source, rows }, ...tell(found.frame, isUnknown ? DENY : CONFIRM) }]
  }

  return {
    take: (chunk) => scanner.push(chunk).flatMap(turnsOf),
    elapse: () => [],
    end: () => scanner.end().flatMap(turnsOf),
    isKnown: () => device !== '',
  }
}

/** Names the transmitter and the frame: when it was sent by its own clock, and its number. */
function sourceOf({ source, sent, serial }: Gb26875Frame): string {
  return `gb26875:${source}/${sent}-${serial}`
}
