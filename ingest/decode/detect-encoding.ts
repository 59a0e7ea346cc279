import { isUtf8 } from 'node:buffer'

/** So much of a file decides about the whole of it. */
export const HEAD_BYTES = 64 * 1024

/** Longest beginning of a character that may be cut off at the end of the head. */
const CUT_BYTES = 3

/**
 * The encoding of a file by its first bytes: a byte order mark, what an XML declaration says, else UTF-8 where they are
 * valid UTF-8 and GB 18030 where not. Plain ASCII is either. One decision for the whole file: a text of GB 18030 that is
 * valid UTF-8 by chance is short, 64 KiB of it are not.
 */
export function detectEncoding(head: Uint8Array): 'utf-8' | 'gb18030' {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES))
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0x84 && bytes[1] === 0x31 && bytes[2] === 0x95 && bytes[3] === 0x33) return 'gb18030'
  const declared = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w-]+)["']/.exec(bytes.toString('latin1', 0, 200))?.[1]
  if (declared !== undefined) return /^gb/i.test(declared) ? 'gb18030' : 'utf-8'
  for (let cut = 0; cut <= CUT_BYTES && cut <= bytes.length; cut++) {
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return 'utf-8'
  }
  return 'gb18030'
}
