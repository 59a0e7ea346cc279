import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSynced } from '../adapters/files/synced.ts'
import { Refusal } from '../core/errors.ts'

/** Addresses at which a running system is spoken to. */
export interface Doors {
  readonly ingest: string
  readonly mqtt: string
  readonly board: string
  readonly receiver: string
  /** For devices on TCP, where their ports are given. */
  readonly hj212?: string
  readonly gb26875?: string
}

const FILE = 'doors.json'

export function writeDoors(runFolder: string, doors: Doors): void {
  writeSynced(join(runFolder, FILE), JSON.stringify(doors))
}

/** Errors: `Refusal` where no system has been started on the folder. */
export function readDoors(runFolder: string): Doors {
  const file = join(runFolder, FILE)
  if (!existsSync(file))
    throw new Refusal({
      zh: '此数据目录上还没有启动过系统,请先运行 fengsui start',
      en: 'No system has been started on this data folder: run fengsui start first.',
    })
  return JSON.parse(readFileSync(file, 'utf8')) as Doors
}
