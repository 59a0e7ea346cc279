import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** What a POM needs at run time, fetched once into the user's cache. */
export interface Jars {
  /** Of the folder in the cache. */
  readonly name: string
  readonly pom: string
  /** Handed to the POM as `kafka.version`. */
  readonly version: string
}

export function jarFolder({ name, version }: Jars): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'fengsui', `${name}-${version}`)
}

/** Why the jars cannot be had here, with what to install; undefined where they are there. The first call downloads them. */
export function jarsAvailability(jars: Jars): string | undefined {
  if (!runs('java', '-version')) return 'needs Java 17 or newer: install default-jre-headless'
  if (existsSync(jarFolder(jars))) return undefined
  if (!runs('mvn', '-version')) return `needs Maven to fetch ${jars.name}: install maven`
  try {
    fetchJars(jars)
    return undefined
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout).trim().slice(0, 300) : String(error)
    return `Maven could not fetch ${jars.name} ${jars.version}: ${said}`
  }
}

/** Into a folder beside the cache first: a download that was cut off, or two tests at once, leave no half cache. */
function fetchJars(jars: Jars): void {
  const target = jarFolder(jars)
  mkdirSync(dirname(target), { recursive: true })
  const work = mkdtempSync(`${target}-`)
  const goal = ['-q', '-B', '-f', jars.pom, 'dependency:copy-dependencies', `-Dkafka.version=${jars.version}`]
  execFileSync('mvn', [...goal, '-DincludeScope=runtime', `-DoutputDirectory=${work}`], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
  if (readdirSync(work).length === 0) throw new Error('Maven copied no jars')
  if (existsSync(target)) rmSync(work, { recursive: true })
  else renameSync(work, target)
}

export function runs(command: string, argument: string): boolean {
  try {
    execFileSync(command, [argument], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
