import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFileSeedStore } from '../../adapters/files/seed-store.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { NO_REALM } from '../../core/present.ts'
import { readInspectors } from '../../inspections/inspectors.ts'
import { createInspections, type InspectedRealm, startInspections } from '../../inspections/run-inspections.ts'
import { readSamplingPolicy } from '../../inspections/sampling-policy.ts'
import { openJobs } from '../jobs.ts'
import type { PolicySet } from '../policies.ts'
import type { RoleContext, StartRole } from './role.ts'

/** From risk to visits: plans by class, draws, on schedule and on demand. */
export const startInspect: StartRole = async (context) => {
  const { ports, policies, folder, policiesFolder, signal } = context
  const jobs = openJobs(context)
  const listed = Object.keys(await ports.present.read(NO_REALM, 'realms'))
  const realms = new Map<string, InspectedRealm>()
  for (const realm of listed) {
    const set = policies.get(realm)
    if (set !== undefined) realms.set(realm, await inspected(context, set, policiesFolder))
  }
  const inspections = createInspections({
    log: ports.log,
    history: ports.history,
    present: ports.present,
    seeds: createFileSeedStore(join(folder.keys, 'seeds')),
    randomSeed: () => randomBytes(32).toString('hex'),
    realms,
  })
  await startInspections(inspections, jobs, [...realms.keys()])
  return {
    ready: {},
    ended: new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }
}

async function inspected({ ports }: RoleContext, set: PolicySet, policiesFolder: string): Promise<InspectedRealm> {
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
  const inspectors = join(policiesFolder, set.set, 'inspectors.json')
  let sealed = 0
  const refresh = async () => {
    const views = Object.values(await ports.present.read(set.realm.realm, 'shards'))
    sealed = Math.max(sealed, ...views.map((view) => Number(JSON.parse(view).sealedUntil)))
  }
  await refresh()
  await ports.present.watch((realm, area) => {
    if (realm === set.realm.realm && area === 'shards') refresh().catch(() => undefined)
  })
  return {
    realm: set.realm.realm,
    classScheme: set.realm.classScheme,
    zoneOffsetMinutes: set.realm.zoneOffsetMinutes,
    policy: readSamplingPolicy(read(join(policiesFolder, 'sampling', `${set.realm.sampling}.json`))),
    inspectors: existsSync(inspectors) ? readInspectors(read(inspectors)) : [],
    now: () => (set.realm.clock === 'live' ? systemClock.now() : sealed),
  }
}
