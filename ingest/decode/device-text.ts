import { isUtf8 } from 'node:buffer'

const NOT_ASCII = /[\u0080-\uffff]/
/** Han and its punctuation; nothing that two bytes of UTF-8 can spell. */
const HAN = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/

const gb18030 = new TextDecoder('gb18030', { fatal: true })

/**
 * Text of a device that says GB2312 and sends UTF-8, or the other way about: the bytes decide, never the header. GB 18030
 * reads GBK and GB2312 too. A few pairs of GBK bytes are valid UTF-8 as well (目录 read so is Cyrillic and Arabic): where
 * UTF-8 gives no Han and GB 18030 does, it is GBK. `undefined` where the bytes are neither.
 */
export function decodeDeviceText(bytes: Uint8Array): string | undefined {
  const utf8 = isUtf8(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    : undefined
  if (utf8 !== undefined && (!NOT_ASCII.test(utf8) || HAN.test(utf8))) return utf8
  const gbk = decodeGb(bytes)
  return utf8 === undefined || (gbk !== undefined && HAN.test(gbk)) ? gbk : utf8
}

function decodeGb(bytes: Uint8Array): string | undefined {
  try {
    return gb18030.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
