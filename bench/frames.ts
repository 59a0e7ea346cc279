import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/** A file of (header as JSON, bytes) pairs: what one process prepared and others read again, without parsing bytes. */
export interface FrameWriter<Header> {
  write(header: Header, bytes: Uint8Array): void
  close(): void
}

const LENGTHS = 8

export function createFrameWriter<Header>(path: string): FrameWriter<Header> {
  const file = openSync(path, 'w', 0o600)
  return {
    write(header, bytes) {
      const head = Buffer.from(JSON.stringify(header))
      const lengths = Buffer.allocUnsafe(LENGTHS)
      lengths.writeUInt32LE(head.length, 0)
      lengths.writeUInt32LE(bytes.length, 4)
      writeSync(file, Buffer.concat([lengths, head, bytes]))
    },
    close: () => closeSync(file),
  }
}

export interface Frame<Header> {
  readonly header: Header
  readonly bytes: Buffer
}

export function* readFrames<Header>(path: string): Generator<Frame<Header>, void, undefined> {
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const lengths = read(file, LENGTHS)
      if (lengths === undefined) return
      const head = read(file, lengths.readUInt32LE(0))
      const bytes = read(file, lengths.readUInt32LE(4))
      if (head === undefined || bytes === undefined) throw new RangeError(`${path} ends within a frame`)
      yield { header: JSON.parse(head.toString('utf8')), bytes }
    }
  } finally {
    closeSync(file)
  }
}

function read(file: number, length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(length)
  let at = 0
  while (at < length) {
    const got = readSync(file, bytes, at, length - at, null)
    if (got === 0) return undefined
    at += got
  }
  return bytes
}
