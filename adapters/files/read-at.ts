import { readSync } from 'node:fs'
import { Refusal } from '../../core/errors.ts'

/**
 * So many bytes of an open file. Synchronous: the pages were read a moment ago, and a promise per record would cost more
 * than the copy. Errors: `Refusal` where the file ends before.
 */
export function readAt(descriptor: number, offset: number, length: number, name: string): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const read = readSync(descriptor, bytes, done, length - done, offset + done)
    if (read === 0)
      throw new Refusal({
        zh: `${name} 在重放期间变短,请重新重放`,
        en: `${name} has become shorter during its replay: replay it again`,
      })
    done += read
  }
  return bytes
}
