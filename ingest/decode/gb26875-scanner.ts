import { createFrameScanner, type Found, type FrameScanner, type FrameShape, type FrameState } from './frame-scanner.ts'

export type Gb26875Found = Found<{ readonly frame: Gb26875Frame }>
export type Gb26875Scanner = FrameScanner<{ readonly frame: Gb26875Frame }>

export interface Gb26875Frame {
  readonly serial: number
  /** Of the protocol; the user's own number stands beside it. */
  readonly version: number
  readonly userVersion: number
  /** yyyyMMddHHmmss of Beijing, as the sender's clock had it. */
  readonly sent: string
  /** Six bytes as twelve hexadecimal digits, the highest byte first. */
  readonly source: string
  readonly destination: string
  readonly command: number
  readonly application: Buffer
}

/** Longest application data (GB/T 26875.3-2011, 6.2). */
export const GB26875_DATA_BYTES = 1024

const HASH = 0x23
const HEAD_BYTES = 27
const TAIL_BYTES = 3

/** A frame begins with `@@` and must end with `##` where its length says; else it is none. */
const SHAPE: FrameShape<{ readonly frame: Gb26875Frame }> = {
  mark: Buffer.from('@@'),
  stateAt: frameAt,
  read(raw) {
    const sum = gb26875Sum(raw.subarray(2, raw.length - TAIL_BYTES))
    return { isSound: sum === raw[raw.length - TAIL_BYTES], frame: readFrame(raw) }
  },
  isBlank: () => false,
}

export const createGb26875Scanner = (): Gb26875Scanner => createFrameScanner(SHAPE)

function frameAt(bytes: Buffer, start: number): FrameState {
  if (bytes.length < start + HEAD_BYTES) return 'unfinished'
  const broken = {
    broken: { zh: '不是长度相符的 @@ … ## 帧', en: 'no frame of @@ … ## with its length' },
    to: start + 1,
  }
  const length = bytes.readUInt16LE(start + 24)
  if (length > GB26875_DATA_BYTES) return broken
  const end = start + HEAD_BYTES + length + TAIL_BYTES
  if (bytes.length < end) return 'unfinished'
  return bytes[end - 2] === HASH && bytes[end - 1] === HASH ? { end } : broken
}

/** Sum of the bytes from the serial number through the application data, modulo 256. */
export function gb26875Sum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum + byte) & 0xff
  return sum
}

function readFrame(raw: Buffer): Gb26875Frame {
  return {
    serial: raw.readUInt16LE(2),
    version: raw[4] ?? 0,
    userVersion: raw[5] ?? 0,
    sent: gb26875Time(raw.subarray(6, 12)),
    source: addressOf(raw.subarray(12, 18)),
    destination: addressOf(raw.subarray(18, 24)),
    command: raw[26] ?? 0,
    application: raw.subarray(HEAD_BYTES, raw.length - TAIL_BYTES),
  }
}

/** Second, minute, hour, day, month, year of this century, a byte each: yyyyMMddHHmmss. What is no date stays none. */
export function gb26875Time(bytes: Uint8Array): string {
  return `20${[...bytes]
    .reverse()
    .map((byte) => String(byte).padStart(2, '0'))
    .join('')}`
}

function addressOf(bytes: Buffer): string {
  return Buffer.from(bytes).reverse().toString('hex')
}
