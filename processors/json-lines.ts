import { lineBytes } from '../core/line-bytes.ts'

/** Lines of JSON, one value each. Errors: `SyntaxError`. */
export function parseLines<Line>(bytes: Uint8Array): Line[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const lines: Line[] = []
  let from = 0
  while (from < text.length) {
    const end = text.indexOf('\n', from)
    const line = end < 0 ? text.slice(from) : text.slice(from, end)
    if (line !== '') lines.push(JSON.parse(line))
    if (end < 0) break
    from = end + 1
  }
  return lines
}

export function toLines(values: readonly unknown[]): Uint8Array {
  return lineBytes(values.map((value) => JSON.stringify(value)))
}
