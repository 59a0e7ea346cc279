import { isUtf8 } from 'node:buffer'

/** Text of one record, or `undefined` where its bytes are not of the encoding. */
export type DecodeText = (bytes: Buffer) => string | undefined

export function createTextDecoder(encoding: 'utf-8' | 'gb18030'): DecodeText {
  if (encoding === 'utf-8') return (bytes) => (isUtf8(bytes) ? bytes.toString('utf8') : undefined)
  const decoder = new TextDecoder('gb18030', { fatal: true, ignoreBOM: true })
  return (bytes) => {
    try {
      return decoder.decode(bytes)
    } catch (error) {
      if (error instanceof TypeError) return undefined
      throw error
    }
  }
}
