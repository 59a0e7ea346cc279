import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../adapters/system-clock.ts'
import { hidePersonalNumbers } from '../ingest/mapping/personal.ts'
import { readObjectionPolicy, superiorOf } from '../ingest/objections/objection-policy.ts'
import { createObjections, type Objections } from '../ingest/objections/objections.ts'
import { createDisplays, type Displays } from '../ingest/repair/displays.ts'
import { createListings, type Listings } from '../ingest/repair/listings.ts'
import { createRepairs, type RepairCasePorts, type Repairs } from '../ingest/repair/repairs.ts'
import { readRepairRules } from '../ingest/repair/rule-set.ts'
import type { PolicySet } from './policies.ts'
import type { Ports } from './ports.ts'
import { workingDays } from './working-days.ts'

/** Objections to records, repairs of credit and ends of display, of one realm, at its present instant. */
export interface Cases {
  readonly objections: Objections
  readonly repairs: Repairs
  readonly displays: Displays
  readonly listings: Listings
}

export interface CaseParts {
  readonly ports: Pick<Ports, 'log' | 'history' | 'present'>
  readonly policiesFolder: string
  /** The site's key for personal numbers. */
  readonly personalKey: Uint8Array
}

/** Errors: `Refusal` where a policy of objections or repairs is not right. */
export async function openCases({ ports, policiesFolder, personalKey }: CaseParts, set: PolicySet): Promise<Cases> {
  const { realm, zoneOffsetMinutes } = set.realm
  const at = await realmNow(ports, set)
  const common = {
    realm,
    log: ports.log,
    history: ports.history,
    addWorkingDays: workingDays(set.realm),
    now: () => at,
    hide: (text: string) => hidePersonalNumbers(text, personalKey),
    wall: systemClock,
  }
  const policy = readObjectionPolicy(readJson(join(policiesFolder, 'objections', 'default.json')))
  const repairFolder = join(policiesFolder, 'repair')
  const files = readdirSync(repairFolder).filter((name) => name.endsWith('.json') && name !== 'choice.json')
  const rules = readRepairRules(
    files.sort().map((name) => readJson(join(repairFolder, name))),
    readJson(join(repairFolder, 'choice.json')),
  )
  const repairing: RepairCasePorts = {
    ...common,
    rules,
    zoneOffsetMinutes,
    superiorOf: (authority) => superiorOf(policy, authority),
  }
  return {
    objections: createObjections({ ...common, policy }),
    repairs: createRepairs(repairing),
    displays: createDisplays(repairing),
    listings: createListings(repairing),
  }
}

/**
 * The realm's present instant, UTC ms. On event time it is the last one that is complete: what is entered then is late by
 * a hair and takes effect at once, though no feed may ever bring that realm's time forward again.
 */
export async function realmNow({ present }: Pick<Ports, 'present'>, { realm }: PolicySet): Promise<number> {
  if (realm.clock === 'live') return systemClock.now()
  const views = Object.values(await present.read(realm.realm, 'shards'))
  return Math.max(1, ...views.map((view) => Number(JSON.parse(view).sealedUntil))) - 1
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
