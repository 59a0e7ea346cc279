import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../core/errors.ts'
import type { FeedPolicy, RealmPolicy } from '../core/policy.ts'
import { validateFeedPolicy } from '../ingest/mapping/feed-policy.ts'
import { validateRealmPolicy } from '../processors/realm-policy.ts'

/** A realm's policy with the feeds that may bring it observations; one folder of `policies/`. */
export interface PolicySet {
  readonly set: string
  readonly realm: RealmPolicy
  readonly feeds: ReadonlyMap<string, FeedPolicy>
}

/** Errors: `Refusal` naming the file and what is wrong in it; nothing of a set is used unless all of it is right. */
export function loadPolicySet(policiesFolder: string, set: string): PolicySet {
  const folder = join(policiesFolder, set)
  const realm = readPolicy(join(folder, 'realm.json'), validateRealmPolicy)
  const feedsFolder = join(folder, 'feeds')
  const files = existsSync(feedsFolder) ? readdirSync(feedsFolder).filter((file) => file.endsWith('.json')) : []
  const feeds = files.sort().map((file) => readPolicy(join(feedsFolder, file), validateFeedPolicy))
  return { set, realm, feeds: new Map(feeds.map((feed) => [feed.feed, feed])) }
}

/** The sets there are, by the realm that each is for. */
export function loadPolicySets(policiesFolder: string): ReadonlyMap<string, PolicySet> {
  const sets = readdirSync(policiesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(policiesFolder, entry.name, 'realm.json')))
    .map((entry) => loadPolicySet(policiesFolder, entry.name))
  return new Map(sets.map((set) => [set.realm.realm, set]))
}

function readPolicy<Policy>(file: string, validate: (json: unknown) => Policy): Policy {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Refusal(`The policy ${file} cannot be read as JSON: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
  try {
    return validate(json)
  } catch (cause) {
    throw new Refusal(`The policy ${file} is not right: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}
