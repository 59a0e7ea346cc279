import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSynced } from '../adapters/files/synced.ts'
import { Refusal } from '../core/errors.ts'
import { type DataFolder, secret } from './embedded/data-folder.ts'

/** The site's first key in the clear, for the commands of this machine and for a steward on another to be told. */
export const FIRST_KEY_FILE = 'operator.txt'
const OPERATORS_FILE = 'operators.json'

/** The site's first key, made on first use. */
export function firstKey(folder: DataFolder): string {
  const file = join(folder.keys, FIRST_KEY_FILE)
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const key = secret(folder, 'operator').toString('base64url')
  writeSynced(file, `${key}\n`)
  return key
}

/**
 * What a command of this machine proves itself with: the key that it was told, else the site's first.
 * Errors: `Refusal` where that one was taken away.
 */
export function commandKey(folder: DataFolder, told: string | undefined): string {
  if (told !== undefined) return told
  const isThere = existsSync(join(folder.keys, FIRST_KEY_FILE))
  if (isThere || !existsSync(join(folder.keys, OPERATORS_FILE))) return firstKey(folder)
  throw new Refusal({
    zh: '请在 FENGSUI_OPERATOR_KEY 中填写经办人密钥',
    en: 'Put your operator key into FENGSUI_OPERATOR_KEY: this site has no shared one.',
  })
}
