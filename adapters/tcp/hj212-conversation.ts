import type { Clock } from '../../core/time.ts'
import { faultOf } from '../../ingest/decode/hj212.ts'
import { type Hj212Message, readHj212Message } from '../../ingest/decode/hj212-message.ts'
import { createHj212Packets, type Hj212Ready } from '../../ingest/decode/hj212-packets.ts'
import { isHj212Data, rowsOfHj212 } from '../../ingest/decode/hj212-rows.ts'
import { createHj212Scanner, type Hj212Found } from '../../ingest/decode/hj212-scanner.ts'
import { isKey } from '../../ingest/registry.ts'
import type { Conversation, TcpRefusal, Turn } from './conversation.ts'
import { ANSWERS, answerHj212, QN_RTN, setTimeHj212 } from './hj212-answer.ts'
import type { Seldom } from './seldom.ts'

export interface Hj212Door {
  /** The password of a device (MN); `undefined` for a device that nobody has entered. */
  readonly passwordOf: (mn: string) => string | undefined
  readonly clock: Clock
  readonly zoneOffsetMinutes: number
  /** Whether a frame of this device with a wrong password is to be kept: one now and then says enough. */
  readonly keepsRefused: Seldom
}

/** Wrong passwords, unknown devices and damaged frames, after which a stranger is cut off. */
const MOST_STRIKES = 3
/** The same on a line on which a device has shown its password: a gateway may carry one that nobody has entered. */
const MOST_STRIKES_KNOWN = 100
const TIME_REQUEST = '1013'
const HEARTBEAT = '9021'

type Verdict = 'right' | Extract<TcpRefusal, 'unknown-device' | 'wrong-password'>

/** HJ 212 as the platform speaks it: data is answered with 9014, notices with 9013, what is refused with 9011. */
export function createHj212Conversation(door: Hj212Door): Conversation {
  const scanner = createHj212Scanner()
  const packets = createHj212Packets()
  /** The device that spoke last, once one has shown its password. */
  let device = ''
  let strikes = 0
  let shown = { mn: '', pw: '' }

  function judge(mn: string, pw: string): Verdict {
    const password = door.passwordOf(mn)
    if (password === undefined) return 'unknown-device'
    // What was right a moment ago tells nobody anything new by how long it takes to compare.
    if (mn === shown.mn && pw === shown.pw && password === shown.pw) return 'right'
    if (!isKey(pw, password)) return 'wrong-password'
    shown = { mn, pw }
    return 'right'
  }

  function turnsOf(found: Hj212Found): Turn[] {
    if (found.kind === 'noise' && found.isCut) return [{ refused: { why: 'cut-short', device } }]
    const fault = faultOf(found, 1)
    const message = found.kind === 'frame' ? readHj212Message(found.data) : undefined
    const verdict = message === undefined ? undefined : judge(message.head.mn, message.head.pw)
    if (fault !== undefined) {
      if (verdict !== 'right' && device === '') {
        return strike(found.kind === 'noise' ? 'no-frame' : 'bad-checksum', message, found.kind === 'noise')
      }
      const refusal = message === undefined ? undefined : refuse(message, QN_RTN.checksum)
      return [{ arrival: { source: sourceOf(message, device), rows: [fault] }, ...refusal }]
    }
    if (found.kind === 'noise' || message === undefined) return []
    if (verdict !== 'right') return turnsOfStranger(found, message, verdict ?? 'unknown-device')
    device = message.head.mn
    if (message.fault !== undefined || isHj212Data(message)) {
      return turnsOfReady(packets.take({ ...found, message }, door.clock.now()))
    }
    return turnsOfTalk(message)
  }

  function turnsOfStranger(
    { raw, offset }: { raw: Buffer; offset: number },
    message: Hj212Message,
    why: Exclude<Verdict, 'right'>,
  ): Turn[] {
    const { mn } = message.head
    const turns = strike(why, message, false)
    // What an unknown device sends is not kept, or anybody could fill the rejects.
    if (why !== 'wrong-password' || !door.keepsRefused(mn, door.clock.now())) return turns
    const hint = { zh: `PW:不是设备 ${mn} 的密码`, en: `PW: not the password of the device ${mn}` }
    const rows = [{ line: 1, offset, raw, error: 'wrong-password', hint } as const]
    return turns.map((turn) => ({ ...turn, arrival: { source: `hj212:${mn}`, rows } }))
  }

  function strike(why: TcpRefusal, message: Hj212Message | undefined, isLast: boolean): Turn[] {
    strikes++
    const codes: Partial<Record<TcpRefusal, (typeof QN_RTN)[keyof typeof QN_RTN]>> = {
      'wrong-password': QN_RTN.password,
      'unknown-device': QN_RTN.device,
    }
    const code = codes[why]
    const refusal = code === undefined || message === undefined ? undefined : refuse(message, code)
    const refused = { why, device: message?.head.mn.slice(0, 24) ?? '' }
    return [{ ...refusal, refused, hangUp: isLast || strikes >= (device === '' ? MOST_STRIKES : MOST_STRIKES_KNOWN) }]
  }

  function turnsOfReady(ready: readonly Hj212Ready[]): Turn[] {
    return ready.map(({ message, ...place }) => {
      const arrival = { source: sourceOf(message, device), rows: rowsOfHj212(message, { ...place, firstLine: 1 }) }
      if (message.fault === undefined) return { arrival, ...answered(message, ANSWERS.data) }
      const code = message.fault.reason === 'unknown-version' ? QN_RTN.flag : QN_RTN.unknown
      return { arrival, ...refuse(message, code) }
    })
  }

  function turnsOfTalk(message: Hj212Message): Turn[] {
    const { cn } = message.head
    if (cn === TIME_REQUEST) {
      const time = { answer: setTimeHj212(message, door.clock.now(), door.zoneOffsetMinutes) }
      return [answered(message, ANSWERS.notice), time]
    }
    if (cn === HEARTBEAT) return [answered(message, ANSWERS.notice)]
    // Answers of the device to what it was told; it waits for none to them.
    if (cn.startsWith('9')) return []
    if (cn.startsWith('1')) return [answered(message, ANSWERS.data)]
    return [message.wantsAck ? refuse(message, QN_RTN.command) : {}]
  }

  const expired = (): Turn[] => turnsOfReady(packets.expire(door.clock.now()))
  return {
    take: (chunk) => [...expired(), ...scanner.push(chunk).flatMap(turnsOf)],
    elapse: expired,
    end: () => [...scanner.end().flatMap(turnsOf), ...turnsOfReady(packets.expire(Number.POSITIVE_INFINITY))],
    isKnown: () => device !== '',
  }
}

function answered(message: Hj212Message, cn: (typeof ANSWERS)[keyof typeof ANSWERS]): Turn {
  const answer = message.wantsAck ? answerHj212(message, cn) : undefined
  return answer === undefined ? {} : { answer }
}

/** A refusal is said whether an answer was asked for or not: the device would go on as if all were well. */
function refuse(message: Hj212Message, code: (typeof QN_RTN)[keyof typeof QN_RTN]): Turn {
  const answer = answerHj212(message, ANSWERS.request, code)
  return answer === undefined ? {} : { answer }
}

/** Names the device and the number of the request: what a person finds the frame again by. */
function sourceOf(message: Hj212Message | undefined, device: string): string {
  const { mn = device, qn = '' } = message?.head ?? {}
  const name = /^[0-9A-Za-z_-]{1,24}$/.test(mn) ? mn : device
  return /^\d{1,20}$/.test(qn) ? `hj212:${name}/${qn}` : `hj212:${name}`
}
