import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { joined } from '../core/bilingual.ts'
import { Refusal, textOf } from '../core/errors.ts'
import type { FeedPolicy } from '../core/feed-policy.ts'
import type { RealmPolicy } from '../core/policy.ts'
import { validateFeedPolicy } from '../ingest/mapping/feed-policy.ts'
import { validateLegacyCodes } from '../ingest/mapping/legacy-codes.ts'
import { type CodeTables, validateCodeTable } from '../ingest/mapping/named-tables.ts'
import { validateRealmPolicy } from '../processors/realm-policy.ts'
import { packageRoot } from './package-root.ts'

/** A realm's policy with the feeds that may bring it observations; one folder of `policies/`. */
export interface PolicySet {
  readonly set: string
  readonly realm: RealmPolicy
  readonly feeds: ReadonlyMap<string, FeedPolicy>
  /** Code tables that several feeds share, by name; already put into the feeds. */
  readonly tables: CodeTables
  /** Registered codes that fail a check digit and are legal all the same. */
  readonly legacyCodes: ReadonlySet<string>
}

/** Errors: `Refusal` naming the file and what is wrong in it; nothing of a set is used unless all of it is right. */
export function loadPolicySet(policiesFolder: string, set: string): PolicySet {
  const folder = join(policiesFolder, set)
  const realm = readPolicy(join(folder, 'realm.json'), (json) => validateRealmPolicy(json, calendarsIn(policiesFolder)))
  const tables = loadTables(folder)
  const feeds = jsonFiles(join(folder, 'feeds')).map((file) =>
    readPolicy(file, (json) => validateFeedPolicy(json, tables)),
  )
  const legacyFile = join(folder, 'legacy-codes.json')
  const legacyCodes = existsSync(legacyFile) ? readPolicy(legacyFile, validateLegacyCodes) : new Set<string>()
  return { set, realm, feeds: new Map(feeds.map((feed) => [feed.feed, feed])), tables, legacyCodes }
}

/** A set by its name or its realm's, or by the path of its folder. Errors: `Refusal` naming the sets there are. */
export function loadPolicySetNamed(policiesFolder: string, name: string): PolicySet {
  for (const folder of [join(policiesFolder, name), resolve(name)]) {
    if (existsSync(join(folder, 'realm.json'))) return loadPolicySet(dirname(folder), basename(folder))
  }
  const sets = loadPolicySets(policiesFolder)
  const set = sets.get(name)
  if (set !== undefined) return set
  const known = [...sets.values()].map((one) => one.set)
  throw new Refusal({
    zh: `没有规则集 ${name},现有 ${known.join('、')}`,
    en: `There is no policy set "${name}": there are ${known.join(', ')}.`,
  })
}

/** The code tables of a set by the names of their files. */
export function loadTables(setFolder: string): CodeTables {
  const files = jsonFiles(join(setFolder, 'tables'))
  return Object.fromEntries(files.map((file) => [basename(file, '.json'), readPolicy(file, validateCodeTable)]))
}

/** Files of policy data in a folder, in the order of their names; none where there is no such folder. */
export function jsonFiles(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []
  return names.sort().map((name) => join(folder, name))
}

/** The sets there are, by the realm that each is for. */
export function loadPolicySets(policiesFolder: string): ReadonlyMap<string, PolicySet> {
  const sets = readdirSync(policiesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(policiesFolder, entry.name, 'realm.json')))
    .map((entry) => loadPolicySet(policiesFolder, entry.name))
  return new Map(sets.map((set) => [set.realm.realm, set]))
}

/**
 * Calendars are shared by all sets: `calendars/{name}.json` beside them, else the product's own. A name is a name, never
 * a path.
 */
export function calendarsIn(policiesFolder: string): (name: string) => unknown {
  return (name) => {
    if (!/^[a-z0-9-]+$/.test(name)) return undefined
    const folders = [policiesFolder, join(packageRoot(), 'policies')]
    const file = folders.map((folder) => join(folder, 'calendars', `${name}.json`)).find((one) => existsSync(one))
    return file === undefined ? undefined : readPolicy(file, (json) => json)
  }
}

/** Errors: `Refusal` naming the file and what is wrong in it. */
export function readPolicy<Policy>(path: string, validate: (json: unknown) => Policy): Policy {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    const file = { zh: `规则文件 ${path} 不是有效的 JSON`, en: `The policy ${path} cannot be read as JSON` }
    throw new Refusal(joined([file, textOf(cause)], ': '), { cause })
  }
  try {
    return validate(json)
  } catch (cause) {
    const file = { zh: `规则文件 ${path} 有误`, en: `The policy ${path} is not right` }
    throw new Refusal(joined([file, textOf(cause)], ': '), { cause })
  }
}
