import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFileSeedStore } from '../../adapters/files/seed-store.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import type { Jobs } from '../../core/jobs.ts'
import { readInspectors } from '../../inspections/inspectors.ts'
import {
  createInspections,
  type InspectedRealm,
  type InspectionRequest,
  periodOf,
  startInspections,
} from '../../inspections/run-inspections.ts'
import { readSamplingPolicy } from '../../inspections/sampling-policy.ts'
import { followPolicies } from '../follow-policies.ts'
import { openJobs } from '../jobs.ts'
import type { PolicySet } from '../policies.ts'
import type { RoleContext, StartRole } from './role.ts'

const SETTLED_MS = 5_000

/** From risk to visits: plans by class and draws, at the turn of each month of a realm's own clock. */
export const startInspect: StartRole = async (context) => {
  const { ports, policies, folder, policiesFolder, signal, lifecycle, logger } = context
  const jobs = openJobs(context)
  const realms = new Map<string, InspectedRealm>()
  const inForce = await followPolicies(context)
  for (const file of policies.values()) {
    const set = inForce(file.realm.realm) ?? file
    // Replayed history plans no visits: they were made long ago.
    if (set.realm.clock === 'live' || set.realm.demonstration)
      realms.set(set.realm.realm, await inspected(context, set, policiesFolder))
  }
  const inspections = createInspections({
    log: ports.log,
    history: ports.history,
    present: ports.present,
    seeds: createFileSeedStore(join(folder.keys, 'seeds')),
    randomSeed: () => randomBytes(32).toString('hex'),
    realms,
  })
  const onWallTime = [...realms.keys()].filter((realm) => policies.get(realm)?.realm.clock === 'live')
  await startInspections(inspections, jobs, onWallTime)
  const stops = [...realms.values()]
    .filter((realm) => !onWallTime.includes(realm.realm))
    .map((realm) => watchMonths(realm, jobs, (error) => logger.error({ err: error }, 'a plan could not be asked for')))
  lifecycle.onStop('the turn of months', async () => {
    for (const stop of stops) stop()
  })
  return {
    ready: {},
    ended: new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }
}

/**
 * A realm on event time has its months turn when its records say so. Asks for the plan and draw of a month once the
 * month has stayed the same for a while, so that a back-fill of years draws for none of them.
 */
function watchMonths(realm: InspectedRealm, jobs: Jobs, failed: (error: unknown) => void): () => void {
  let asked = ''
  let seen = ''
  let since = 0
  const timer = setInterval(() => {
    const now = realm.now()
    if (now <= 0) return
    const period = periodOf(now, realm.zoneOffsetMinutes)
    if (period !== seen) {
      seen = period
      since = performance.now()
    }
    if (seen === asked || performance.now() - since < SETTLED_MS) return
    asked = seen
    const request: InspectionRequest = { work: 'inspections', realm: realm.realm, period, draw: true }
    jobs
      .enqueue('recalculations', `inspections-${realm.realm}-${period}`, request, { delayMs: 0, attempts: 5 })
      .catch(failed)
  }, 1_000)
  return () => clearInterval(timer)
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
