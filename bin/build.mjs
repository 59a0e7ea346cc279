/**
 * Compiles the program into a folder (`dist` by default): `node bin/build.mjs [FOLDER]`. What the schema library has in 700
 * files becomes one, as every process reads it at its start.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const named = process.argv[2]
const folder = named ?? join(root, 'dist')

const compiler = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc')
const aside = named === undefined ? [] : ['--outDir', folder, '--incremental', 'false', '--tsBuildInfoFile', 'null']
const compiled = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), ...aside], {
  stdio: 'inherit',
})
// Types are another check's business: what was emitted can run.
if (!existsSync(join(folder, 'app', 'main.js'))) process.exit(compiled.status || 1)

const schema = await rolldown({ input: join(root, 'core', 'schema.ts'), platform: 'node' })
await schema.write({ file: join(folder, 'core', 'schema.js'), format: 'esm' })
await schema.close()
if (named === undefined) process.exitCode = compiled.status ?? 1
