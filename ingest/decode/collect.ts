import { Rejected } from '../../core/errors.ts'

/** All bytes of a stream, up to a bound. Errors: `Rejected` with `unpacks-too-far` beyond it. */
export async function collect(chunks: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > mostBytes)
      throw new Rejected('unpacks-too-far', {
        zh: `压缩包超过 ${mostBytes} 字节`,
        en: `the archive is larger than ${mostBytes} bytes`,
      })
    pieces.push(chunk)
  }
  return Buffer.concat(pieces)
}
