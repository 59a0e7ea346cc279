import { randomBytes } from 'node:crypto'
import { startHistoryOwner } from '../../adapters/clickhouse/history-owner.ts'
import type { Bilingual } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { readHistoryAddress, writeHistoryAddress } from './history-address.ts'
import { identityOf } from './process-identity.ts'

/** What the process tells whoever started it, once. */
export type OwnerMessage = { readonly ready: true } | { readonly refusal: Bilingual }

const [folder, runFolder] = process.argv.slice(2)
if (folder === undefined || runFolder === undefined)
  throw new Refusal({
    zh: '用法:history-owner-process <目录> <运行目录>',
    en: 'usage: history-owner-process <folder> <run folder>',
  })

// Whoever reached the owner before it died reaches the next one at the same address with the same password.
const former = readHistoryAddress(runFolder)
const username = 'fengsui'
const password = former?.password ?? randomBytes(24).toString('base64url')

try {
  const owner = await startHistoryOwner({ folder, port: former?.port ?? 0, username, password })
  const identity = identityOf(process.pid) ?? ''
  writeHistoryAddress(runFolder, { pid: process.pid, identity, port: owner.port, username, password })
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    owner.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  tell({ ready: true })
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  tell({ refusal: error.text })
  process.exitCode = 1
}

function tell(message: OwnerMessage): void {
  if (process.connected) process.send?.(message, () => process.disconnect())
}
