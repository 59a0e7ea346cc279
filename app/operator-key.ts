import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DataFolder, secret } from './embedded/data-folder.ts'

const FILE = 'operator.txt'

/** What stewards prove themselves with at the ingest role; the file is there for a steward on another machine to be told. */
export function operatorKey(folder: DataFolder): string {
  const file = join(folder.keys, FILE)
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const key = secret(folder, 'operator').toString('base64url')
  writeFileSync(`${file}.${process.pid}`, `${key}\n`, { mode: 0o600 })
  renameSync(`${file}.${process.pid}`, file)
  return key
}
