import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSynced } from '../../adapters/files/synced.ts'
import { identityOf } from './process-identity.ts'

/**
 * Where the owner of a data folder's history answers, as `run/history.json`, readable by its user alone. It outlives the
 * owner, so that the next one answers at the same place to the same password.
 */
export interface HistoryAddress {
  readonly pid: number
  /** Tells the owner from a later process of the same number. */
  readonly identity: string
  readonly port: number
  readonly username: string
  readonly password: string
}

const fileOf = (runFolder: string): string => join(runFolder, 'history.json')

export function readHistoryAddress(runFolder: string): HistoryAddress | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(runFolder), 'utf8')) as HistoryAddress
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export function writeHistoryAddress(runFolder: string, address: HistoryAddress): void {
  writeSynced(fileOf(runFolder), `${JSON.stringify(address)}\n`)
}

export function historyUrl(address: HistoryAddress): string {
  return `http://127.0.0.1:${address.port}`
}

/** The owner lives and knows our password, which nobody else who may have taken its port gets to see. */
export async function answers(address: HistoryAddress): Promise<boolean> {
  if (identityOf(address.pid) !== address.identity) return false
  const credentials = Buffer.from(`${address.username}:${address.password}`).toString('base64')
  try {
    const reply = await fetch(`${historyUrl(address)}/ping`, {
      headers: { authorization: `Basic ${credentials}` },
      signal: AbortSignal.timeout(5_000),
    })
    return reply.ok && (await reply.text()) === 'Ok.\n'
  } catch {
    // Whatever the reason, nobody answers there: a new owner is started, and the folder's own lock has the last word.
    return false
  }
}
