import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'

/** What a data segment says of itself; texts as they were sent, empty where absent. */
export interface Hj212Head {
  /** 17 digits of civil time with milliseconds; some devices send 18. */
  readonly qn: string
  readonly st: string
  readonly cn: string
  readonly pw: string
  /** The device: up to 24 characters. */
  readonly mn: string
  readonly flag: string
}

export interface Hj212Message {
  readonly head: Hj212Head
  /** `undefined` where the flag names a version that this cannot read. */
  readonly version: '2005' | '2017' | undefined
  readonly wantsAck: boolean
  /** Where the message is one packet of several; `number` counts from 1. */
  readonly packet: { readonly number: number; readonly of: number } | undefined
  /** The contents of CP, without its ampersands. */
  readonly parameters: string
  /** Why nothing of it may be believed. */
  readonly fault: Hj212Fault | undefined
}

export interface Hj212Fault {
  readonly reason: RejectReason
  readonly hint: Bilingual
}

const MOST_PACKETS = 64
const ACK_BIT = 1
const VERSION_SHIFT = 2
/** `V5..V0` of the flag: 0 is the version of 2005, 1 that of 2017. A version of 2025 will have another and is not guessed. */
const VERSIONS = ['2005', '2017'] as const

/** Reads the data segment of a frame; never throws, and reads on after a fault as far as an answer needs. */
export function readHj212Message(data: Uint8Array): Hj212Message {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
  const place = /(?:^|;)CP=/.exec(text)
  const fields = new Map<string, string>()
  let twice: string | undefined
  for (const each of text.slice(0, place?.index ?? text.length).split(';')) {
    const equals = each.indexOf('=')
    if (equals <= 0) continue
    const name = each.slice(0, equals)
    if (fields.has(name)) twice ??= name
    else fields.set(name, each.slice(equals + 1))
  }
  const of = (name: string) => fields.get(name) ?? ''
  const head = { qn: of('QN'), st: of('ST'), cn: of('CN'), pw: of('PW'), mn: of('MN'), flag: of('Flag') }
  const flag = head.flag === '' ? 0 : Number(head.flag)
  const isFlag = /^\d{0,3}$/.test(head.flag) && flag < 256
  const cp = place === null ? undefined : readParameters(text.slice(place.index + place[0].length))
  const packet = readPacket(of('PNUM'), of('PNO'))
  const version = isFlag ? VERSIONS[flag >> VERSION_SHIFT] : undefined

  function fault(): Hj212Fault | undefined {
    if (/[^\x20-\x7e]/.test(text))
      return { reason: 'unreadable-line', hint: { zh: '含有非 ASCII 字符', en: 'a character that is not ASCII' } }
    if (!isFlag)
      return { reason: 'unreadable-line', hint: { zh: 'Flag:不是小于 256 的数', en: 'Flag: not a number below 256' } }
    if (version === undefined) {
      return {
        reason: 'unknown-version',
        hint: {
          zh: `Flag=${flag}:不认识 HJ 212 的版本 ${flag >> VERSION_SHIFT}`,
          en: `Flag=${flag}: version ${flag >> VERSION_SHIFT} of HJ 212 is not known`,
        },
      }
    }
    if (twice !== undefined)
      return { reason: 'wrong-columns', hint: { zh: `${twice}:重复出现`, en: `${twice}: stands twice` } }
    if (!/^[0-9A-Za-z_-]{1,24}$/.test(head.mn))
      return {
        reason: 'bad-code-shape',
        hint: { zh: 'MN:应为 1 至 24 位字母和数字', en: 'MN: 1 to 24 letters and digits' },
      }
    if (!/^\d{4}$/.test(head.cn))
      return { reason: 'bad-code-shape', hint: { zh: 'CN:应为四位数字', en: 'CN: four digits' } }
    if (!/^[0-9A-Za-z]{2}$/.test(head.st))
      return { reason: 'bad-code-shape', hint: { zh: 'ST:应为两个字符', en: 'ST: two characters' } }
    if (cp === undefined)
      return {
        reason: 'unreadable-line',
        hint: { zh: '没有 CP=&&…&&,或没有结尾', en: 'CP=&&…&& is not there, or does not end' },
      }
    if (packet === 'wrong')
      return {
        reason: 'unreadable-line',
        hint: { zh: `PNO 须不大于 PNUM,最多 ${MOST_PACKETS} 包`, en: `PNO within PNUM, of at most ${MOST_PACKETS}` },
      }
    return undefined
  }

  return {
    head,
    version,
    wantsAck: isFlag && (flag & ACK_BIT) !== 0,
    packet: packet === 'wrong' || packet?.of === 1 ? undefined : packet,
    parameters: cp ?? '',
    fault: fault(),
  }
}

/** Between double ampersands as the standard has it, or between single ones as some devices write them. */
function readParameters(text: string): string | undefined {
  return text === '&' ? '' : /^&{1,2}([^&]*)&{1,2}$/.exec(text)?.[1]
}

function readPacket(pnum: string, pno: string): { number: number; of: number } | 'wrong' | undefined {
  if (pnum === '' && pno === '') return undefined
  if (!/^\d{1,4}$/.test(pnum) || !/^\d{1,4}$/.test(pno)) return 'wrong'
  const [of, number] = [Number(pnum), Number(pno)]
  return of >= 1 && of <= MOST_PACKETS && number >= 1 && number <= of ? { number, of } : 'wrong'
}
