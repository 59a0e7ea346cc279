/** Room for the lines of one batch; lines that need more get room of their own. */
const scratch = Buffer.allocUnsafeSlow(1 << 20)
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MOST_BYTES = 3

/**
 * Lines as UTF-8, each with its line feed; nothing for none. Written once and copied: measuring a text first, as
 * `Buffer.from` does, takes as long as writing it.
 */
export function lineBytes(lines: readonly string[]): Buffer {
  let text = ''
  for (const line of lines) text += `${line}\n`
  const room = text.length * MOST_BYTES <= scratch.length ? scratch : Buffer.allocUnsafe(text.length * MOST_BYTES)
  return Buffer.from(room.subarray(0, room.write(text)))
}
