import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeSynced } from '../adapters/files/synced.ts'
import { Refusal } from '../core/errors.ts'
import type { Clock } from '../core/time.ts'
import type { DataFolder } from './embedded/data-folder.ts'

const FILE = 'devices.json'
const LOOK_EVERY_MS = 1_000

type Passwords = ReadonlyMap<string, ReadonlyMap<string, string>>

export interface DevicePasswordsOptions {
  readonly folder: DataFolder
  /** `realm/feed`: what the devices of one door are listed under. */
  readonly feed: string
  readonly clock: Clock
  /** The file was changed and cannot be used: the passwords of before stay in force. */
  readonly onUnusable: (error: Error) => void
}

/**
 * The password of a device of the feed, out of `keys/devices.json`: `{"city/hj212": {"MN": "password"}}`. A device that
 * is not listed has none, and gets in nowhere. The file may be changed at any time, and is there, empty, from the
 * first start on. Errors: `Refusal` where it cannot be used at the start.
 */
export function devicePasswords(options: DevicePasswordsOptions): (device: string) => string | undefined {
  const { folder, feed, clock, onUnusable } = options
  const file = join(folder.keys, FILE)
  makeRoom(file, feed)
  let changed = statSync(file).mtimeMs
  let looked = clock.now()
  let passwords = readPasswords(file)

  function look(): void {
    const now = clock.now()
    if (now - looked < LOOK_EVERY_MS) return
    looked = now
    try {
      const { mtimeMs } = statSync(file)
      if (mtimeMs === changed) return
      changed = mtimeMs
      passwords = readPasswords(file)
    } catch (error) {
      onUnusable(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return (device) => {
    look()
    return passwords.get(feed)?.get(device)
  }
}

function makeRoom(file: string, feed: string): void {
  const known: Record<string, unknown> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  if (known[feed] !== undefined) return
  writeSynced(file, `${JSON.stringify({ ...known, [feed]: {} }, null, 2)}\n`)
}

function readPasswords(file: string): Passwords {
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const feeds = Object.entries(objectOf(json, file))
  return new Map(feeds.map(([feed, devices]) => [feed, new Map(Object.entries(objectOf(devices, file)).map(checked))]))

  function checked([device, password]: [string, unknown]): [string, string] {
    if (typeof password === 'string' && password !== '') return [device, password]
    throw new Refusal({
      zh: `${file}:设备 ${device} 的密码不是文本`,
      en: `${file}: the password of ${device} is no text.`,
    })
  }
}

function objectOf(json: unknown, file: string): object {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
  throw new Refusal({
    zh: `${file} 应写作 {"数据域/数据源": {"设备": "密码"}}`,
    en: `${file} must be {"realm/feed": {"device": "password"}}.`,
  })
}
