import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * Roles make many objects that die within a batch: with room for a batch they are not carried into the old space. And V8
 * must not learn otherwise while a city is loaded, of which nearly all stays: it would make every observation after that
 * in the old space, where it holds on to what is young until the next collection of everything.
 */
export const ROLE_FLAGS: readonly string[] = ['--max-semi-space-size=64', '--no-allocation-site-pretenuring']

/**
 * Arguments for `process.execPath` that run the module `name` beside the module at `moduleUrl`, whether that one runs
 * from its source or compiled.
 */
export function nodeEntry(moduleUrl: string, name: string): readonly string[] {
  const extension = extname(new URL(moduleUrl).pathname)
  const file = fileURLToPath(new URL(`./${name}${extension}`, moduleUrl))
  if (extension !== '.ts') return [...process.execArgv.filter((argument) => !argument.startsWith('--inspect')), file]
  const loader = pathToFileURL(createRequire(moduleUrl).resolve('tsx')).href
  return ['--import', loader, file]
}
