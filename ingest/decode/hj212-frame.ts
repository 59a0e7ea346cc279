/** Longest data segment that a frame may carry, in bytes (HJ 212-2017, 6.2). */
export const HJ212_DATA_BYTES = 1024

const CRC_POLYNOMIAL = 0xa001

/** One lookup a byte; the table of 0xA001 reflected. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC_POLYNOMIAL : crc >>> 1
  return crc
})

/**
 * The check of HJ 212, annex A: over the data segment alone. It is not the CRC-16 of Modbus, whose register keeps its
 * low byte: here each byte meets the high byte and the low one is thrown away. So only 256 values exist, and about one
 * corrupted frame in 256 passes: whoever reads a frame has to look at its values too.
 */
export function hj212Crc(data: Uint8Array): number {
  let crc = 0xffff
  for (const byte of data) crc = TABLE[(crc >>> 8) ^ byte] ?? 0
  return crc
}

/** `##`, length, data, check, line end. Errors: `RangeError` for data that no frame carries. */
export function encodeHj212(data: string): Buffer {
  const bytes = Buffer.from(data, 'latin1')
  if (bytes.length > HJ212_DATA_BYTES) throw new RangeError(`${bytes.length} bytes are more than a frame carries`)
  const length = String(bytes.length).padStart(4, '0')
  const crc = hj212Crc(bytes).toString(16).toUpperCase().padStart(4, '0')
  return Buffer.concat([Buffer.from(`##${length}`), bytes, Buffer.from(`${crc}\r\n`)])
}
