import { gb26875Sum } from './gb26875-scanner.ts'

export interface Gb26875Telling {
  readonly serial: number
  /** UTC milliseconds; told in the zone of `offsetMinutes`. */
  readonly at: number
  readonly offsetMinutes: number
  readonly source: string
  readonly destination: string
  readonly command: number
  readonly application?: Uint8Array
}

/** A frame as either side sends it, of version 1. */
export function encodeGb26875(telling: Gb26875Telling): Buffer {
  const { serial, source, destination, command, application = new Uint8Array() } = telling
  const head = Buffer.alloc(25)
  head.writeUInt16LE(serial & 0xffff, 0)
  head[2] = 1
  head[3] = 1
  head.set(encodeGb26875Time(telling.at, telling.offsetMinutes), 4)
  head.set(Buffer.from(source, 'hex').reverse(), 10)
  head.set(Buffer.from(destination, 'hex').reverse(), 16)
  head.writeUInt16LE(application.length, 22)
  head[24] = command
  const body = Buffer.concat([head, application])
  return Buffer.concat([Buffer.from('@@'), body, Buffer.from([gb26875Sum(body)]), Buffer.from('##')])
}

/** Second, minute, hour, day, month, year of the century. */
export function encodeGb26875Time(at: number, offsetMinutes: number): Uint8Array {
  const local = new Date(at + offsetMinutes * 60_000)
  return Uint8Array.of(
    local.getUTCSeconds(),
    local.getUTCMinutes(),
    local.getUTCHours(),
    local.getUTCDate(),
    local.getUTCMonth() + 1,
    local.getUTCFullYear() % 100,
  )
}
