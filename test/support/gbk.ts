/** Bytes of GBK by character, read off the platform's own decoder: Node decodes the encoding and does not write it. */
const BYTES: ReadonlyMap<string, Buffer> = new Map(
  Array.from({ length: 0x7e }, (_, lead) => lead + 0x81).flatMap((lead) =>
    Array.from({ length: 0xbf }, (_, trail): [string, Buffer] => {
      const bytes = Buffer.from([lead, trail + 0x40])
      return [new TextDecoder('gb18030').decode(bytes), bytes]
    }),
  ),
)

/** The text in GBK. Errors: `RangeError` for a character that GBK does not have. */
export function gbk(text: string): Buffer {
  return Buffer.concat(
    [...text].map((character) => {
      if (character < '\u0080') return Buffer.from(character)
      const bytes = BYTES.get(character)
      if (bytes === undefined) throw new RangeError(`GBK has no ${character}`)
      return bytes
    }),
  )
}
