import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../core/errors.ts'
import type { DataFolder } from './embedded/data-folder.ts'

/** A device as the site set it up: whose realm it reports to, and its password. */
export interface DeviceKey {
  readonly realm: string
  readonly password: string
}

/**
 * Passwords of devices by `realm/device` in a file under `keys/`, read again when it has changed: a device is added
 * without a restart. A file that cannot be read any more keeps what was read before, and says so.
 * Errors: `Refusal` where the file cannot be read at the start.
 */
export function deviceKeys(
  folder: DataFolder,
  name: string,
  onUnreadable: (error: unknown) => void,
): (device: string) => DeviceKey | undefined {
  const file = join(folder.keys, name)
  let read = readKeys(file)
  let stamp = stampOf(file)

  return function keyOf(device) {
    const now = stampOf(file)
    if (now !== stamp) {
      stamp = now
      try {
        read = readKeys(file)
      } catch (error) {
        onUnreadable(error)
      }
    }
    return read.get(device)
  }
}

function readKeys(file: string): ReadonlyMap<string, DeviceKey> {
  if (!existsSync(file)) return new Map()
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Refusal(`The passwords of devices in ${file} are no JSON: mend the file.`, { cause })
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unfit(file)
  const keys = new Map<string, DeviceKey>()
  for (const [name, password] of Object.entries(json)) {
    const [realm = '', device = '', ...rest] = name.split('/')
    if (realm === '' || device === '' || rest.length > 0) throw unfit(file)
    if (typeof password !== 'string' || password === '') throw unfit(file)
    if (keys.has(device)) throw new Refusal(`The device ${device} stands in ${file} twice: a device has one realm.`)
    keys.set(device, { realm, password })
  }
  return keys
}

function unfit(file: string): Refusal {
  return new Refusal(`The passwords of devices in ${file} have to be {"realm/device": "password"}.`)
}

/** Changes whenever the file does, as far as the file system tells. */
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}
