/** Lines of the log as UTF-8, each with its line feed, in a room that they share with others. */
export interface Lines {
  readonly count: number
  readonly room: Buffer
  readonly start: number
  readonly end: number
}

/** Takes some hundred lines; a text that needs more gets a room of its own. */
const ROOM_BYTES = 128 * 1024
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MOST_BYTES = 3

/** Writes lines one behind the other: what waits to be appended is bytes then, of which the memory's keeper sees nothing. */
export type WriteLines = (text: string, count: number) => Lines

export function createLineWriter(): WriteLines {
  let room = Buffer.alloc(0)
  let at = 0
  return (text, count) => {
    const most = text.length * MOST_BYTES
    if (most > room.length - at) {
      room = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, most))
      at = 0
    }
    const start = at
    at += room.write(text, start)
    return { count, room, start, end: at }
  }
}

/** Room for the lines of one batch; lines that need more get room of their own. */
const scratch = Buffer.allocUnsafeSlow(1 << 20)

/**
 * Lines without their line feeds as UTF-8 with them; nothing for none. Written once and copied: measuring a text first,
 * as `Buffer.from` does, takes as long as writing it.
 */
export function lineBytes(lines: readonly string[]): Buffer {
  let text = ''
  for (const line of lines) text += `${line}\n`
  const room = text.length * MOST_BYTES <= scratch.length ? scratch : Buffer.allocUnsafe(text.length * MOST_BYTES)
  return Buffer.from(room.subarray(0, room.write(text)))
}

/** One behind the other, copied out of their rooms. */
export function joinLines(all: readonly Lines[]): Buffer {
  let length = 0
  for (const { start, end } of all) length += end - start
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (const { room, start, end } of all) at += room.copy(bytes, at, start, end)
  return bytes
}
