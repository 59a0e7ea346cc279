import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCES = ['adapters', 'alerts', 'app', 'core', 'dashboards', 'ingest', 'inspections', 'processors', 'simulation']
/** In `dist`, so that the package and what it depends on are found from there, and nobody collects it. */
const BUILDS = join(ROOT, 'dist', 'test-builds')
const KEPT_MS = 3_600_000

let entry: string | undefined

/**
 * The program compiled, as a user runs it: several processes of it start in the time that one takes from its source. A
 * build is named by what it was made of, so that tests at the same time share it.
 */
export function builtMain(): string {
  entry ??= join(build(), 'app', 'main.js')
  return entry
}

function build(): string {
  const folder = join(BUILDS, fingerprint())
  if (existsSync(folder)) return folder
  mkdirSync(BUILDS, { recursive: true })
  for (const name of readdirSync(BUILDS)) {
    const old = join(BUILDS, name)
    if (Date.now() - statSync(old).mtimeMs > KEPT_MS) rmSync(old, { recursive: true, force: true })
  }
  const work = mkdtempSync(join(BUILDS, 'making-'))
  const made = spawnSync(process.execPath, [join(ROOT, 'bin', 'build.mjs'), work], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`no program was made: ${made.stdout}${made.stderr}`)
  try {
    renameSync(work, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
    rmSync(work, { recursive: true, force: true })
  }
  return folder
}

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const source of SOURCES) {
    for (const file of readdirSync(join(ROOT, source), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!file.endsWith('.ts')) continue
      const { mtimeMs, size } = statSync(join(ROOT, source, file))
      hash.update(`${source}/${file} ${mtimeMs} ${size}\n`)
    }
  }
  return hash.digest('hex').slice(0, 16)
}
