import { createFrameScanner, type Found, type FrameScanner, type FrameShape, type FrameState } from './frame-scanner.ts'
import { HJ212_DATA_BYTES, hj212Crc } from './hj212-frame.ts'
import { CARRIAGE_RETURN, LINE_FEED } from './record-scanner.ts'

/** The raw frame is that from `##` through the check; the line end is not part of it. */
export type Hj212Found = Found<{ readonly data: Buffer }>
export type Hj212Scanner = FrameScanner<{ readonly data: Buffer }>

const START = Buffer.from('##')
const HEAD_BYTES = 6
const CRC_BYTES = 4

/** A frame is given as soon as its check is there: devices that leave out the line end are answered like the others. */
const SHAPE: FrameShape<{ readonly data: Buffer }> = {
  mark: START,
  stateAt: frameAt,
  read(raw) {
    const data = raw.subarray(HEAD_BYTES, raw.length - CRC_BYTES)
    const told = raw.toString('latin1', raw.length - CRC_BYTES)
    return { data, isSound: IS_HEX.test(told) && Number.parseInt(told, 16) === hj212Crc(data) }
  },
  isBlank,
}

const IS_HEX = /^[0-9A-Fa-f]+$/

export const createHj212Scanner = (): Hj212Scanner => createFrameScanner(SHAPE)

/** `start` is where `##` stands. */
function frameAt(bytes: Buffer, start: number): FrameState {
  for (let i = 2; i < HEAD_BYTES; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) return 'unfinished'
    if (byte < 0x30 || byte > 0x39)
      return { broken: { zh: '## 之后没有四位长度', en: 'no length of four digits after ##' }, to: start + 1 }
  }
  const length = Number(bytes.toString('latin1', start + 2, start + HEAD_BYTES))
  if (length > HJ212_DATA_BYTES)
    return {
      broken: { zh: `超过 ${HJ212_DATA_BYTES} 字节`, en: `longer than ${HJ212_DATA_BYTES} bytes` },
      to: start + 2,
    }
  const dataEnd = start + HEAD_BYTES + length
  // Neither stands in data: whichever comes first says that the length is wrong.
  const data = bytes.subarray(start + HEAD_BYTES, dataEnd)
  const cut = [START, CARRIAGE_RETURN, LINE_FEED].map((mark) => data.indexOf(mark)).filter((place) => place >= 0)
  if (cut.length > 0) {
    return {
      broken: { zh: '帧比其长度字段所说的短', en: 'the frame ends before its length says' },
      to: start + HEAD_BYTES + Math.min(...cut),
    }
  }
  const end = dataEnd + CRC_BYTES
  return bytes.length < end ? 'unfinished' : { end }
}

function isBlank(byte: number | undefined): boolean {
  return byte === CARRIAGE_RETURN || byte === LINE_FEED || byte === 0x20 || byte === 0x09 || byte === 0x00
}
