import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, whether this runs from its source or from `dist`. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('the program does not stand in its package')
    folder = parent
  }
  return folder
}

export const MIGRATIONS = ['adapters', 'clickhouse', 'migrations'] as const

export const defaultPoliciesFolder = (): string => join(packageRoot(), 'policies')
