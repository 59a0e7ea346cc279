import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { Refusal } from '../core/errors.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts what may not lie open in the log; `name` is bound to it, so that sealed bytes cannot change places. */
export interface Sealer {
  seal(name: string, bytes: Uint8Array): string
  /** Errors: `Refusal` where key, name or bytes do not fit: the site's key was lost, or exchanged. */
  open(name: string, sealed: string): Uint8Array
}

/**
 * AES-256-GCM. The nonce is a keyed hash of name and bytes: equal input gives equal output (the same rejected row is the
 * same entry when it comes again), and no nonce ever serves two different texts.
 */
export function createSealer(siteKey: Uint8Array): Sealer {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', siteKey, new Uint8Array(0), `fengsui ${use}`, 32))
  const cipherKey = derive('sealed bytes')
  const nonceKey = derive('sealed bytes nonce')

  return {
    seal(name, bytes) {
      const nonce = createHmac('sha256', nonceKey).update(`${name.length} ${name}`).update(bytes).digest()
      const iv = nonce.subarray(0, NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', cipherKey, iv).setAAD(Buffer.from(name))
      return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]).toString('base64')
    },
    open(name, sealed) {
      const packed = Buffer.from(sealed, 'base64')
      const iv = packed.subarray(0, NONCE_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', cipherKey, iv, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(name)).setAuthTag(packed.subarray(packed.length - TAG_BYTES))
      const open = decipher.update(packed.subarray(NONCE_BYTES, -TAG_BYTES))
      try {
        return Buffer.concat([open, decipher.final()])
      } catch (cause) {
        throw new Refusal(
          {
            zh: `${name} 的原文不是用本站的密钥封存的,无法打开`,
            en: `The bytes of ${name} were not sealed with this site's key and cannot be opened.`,
          },
          { cause },
        )
      }
    },
  }
}
