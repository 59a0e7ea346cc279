import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../../core/errors.ts'
import { answers, type HistoryAddress, historyUrl, readHistoryAddress } from './history-address.ts'
import type { OwnerMessage } from './history-owner-process.ts'
import { nodeEntry } from './node-entry.ts'
import { ended, identityOf } from './process-identity.ts'

export interface OwnedHistory {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly pid: number
  /** It was found running, left by a parent that died. */
  readonly adopted: boolean
  /** Asks it to finish its queue and waits until it has ended. */
  stop(): Promise<void>
}

const STOP_MS = 60_000

/**
 * The process that owns the history in `folder`: adopted where `runFolder` names a living one, else started, detached,
 * so that neither a crash of the parent nor Ctrl-C reaches it.
 * Errors: `Refusal` when another process holds the folder.
 */
export async function startHistoryProcess(folder: string, runFolder: string): Promise<OwnedHistory> {
  const former = readHistoryAddress(runFolder)
  if (former !== undefined && (await answers(former))) return owned(former, true)

  mkdirSync(runFolder, { recursive: true, mode: 0o700 })
  const log = openSync(join(runFolder, 'history.log'), 'a', 0o600)
  const child = spawn(process.execPath, [...nodeEntry(import.meta.url, 'history-owner-process'), folder, runFolder], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    // Each statement that runs holds one thread of the pool, which compression and files need too.
    env: { ...process.env, UV_THREADPOOL_SIZE: '8' },
  })
  closeSync(log)
  const message = await new Promise<OwnerMessage>((resolve, reject) => {
    child.once('message', (told) => resolve(told as OwnerMessage))
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      reject(
        new Refusal({
          zh: `历史库未能启动(${signal ?? code}),请查看 ${join(runFolder, 'history.log')}`,
          en: `The history did not start (${signal ?? code}): read ${join(runFolder, 'history.log')}.`,
        }),
      )
    })
  })
  child.removeAllListeners('exit')
  child.unref()
  if ('refusal' in message) throw new Refusal(message.refusal)
  const address = readHistoryAddress(runFolder)
  if (address === undefined)
    throw new Refusal({
      zh: `历史库没有写下地址,请查看 ${join(runFolder, 'history.log')}`,
      en: `The history wrote no address: read ${join(runFolder, 'history.log')}.`,
    })
  return owned(address, false)
}

function owned(address: HistoryAddress, adopted: boolean): OwnedHistory {
  return {
    url: historyUrl(address),
    username: address.username,
    password: address.password,
    pid: address.pid,
    adopted,
    async stop() {
      if (identityOf(address.pid) !== address.identity) return
      process.kill(address.pid, 'SIGTERM')
      if (await ended(address.pid, STOP_MS)) return
      // Nothing acknowledged is lost by this: parts are whole or absent.
      process.kill(address.pid, 'SIGKILL')
      await ended(address.pid, STOP_MS)
    },
  }
}
