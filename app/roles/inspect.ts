import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFileSeedStore } from '../../adapters/files/seed-store.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import type { Jobs } from '../../core/jobs.ts'
import { readInspectors } from '../../inspections/inspectors.ts'
import { createMonthTurns } from '../../inspections/month-turns.ts'
import {
  createInspections,
  type InspectedRealm,
  type InspectionRequest,
  startInspections,
} from '../../inspections/run-inspections.ts'
import { readSamplingPolicy } from '../../inspections/sampling-policy.ts'
import { followPolicies } from '../follow-policies.ts'
import { openJobs } from '../jobs.ts'
import type { PolicySet } from '../policies.ts'
import type { RoleContext, StartRole } from './role.ts'

const LOOK_MS = 1_000

/** From risk to visits: plans by class and draws, at the turn of each month of a realm's own clock. */
export const startInspect: StartRole = async (context) => {
  const { ports, policies, folder, policiesFolder, signal, lifecycle, logger } = context
  const jobs = openJobs(context)
  const realms = new Map<string, InspectedRealm>()
  const onEventTime: EventTimeRealm[] = []
  const inForce = await followPolicies(context)
  for (const file of policies.values()) {
    const set = inForce(file.realm.realm) ?? file
    // Replayed history plans no visits: they were made long ago.
    if (set.realm.clock === 'live') {
      realms.set(set.realm.realm, { ...rulesOf(set, policiesFolder), now: systemClock.now })
    } else if (set.realm.demonstration) {
      const realm = await onRecordsTime(context, rulesOf(set, policiesFolder))
      realms.set(set.realm.realm, realm)
      onEventTime.push(realm)
    }
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
  const stops = onEventTime.map((realm) =>
    watchMonths(realm, jobs, (error) => logger.error({ err: error }, 'a plan could not be asked for')),
  )
  lifecycle.onStop('the turn of months', async () => {
    for (const stop of stops) stop()
  })
  return {
    ready: {},
    ended: new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }
}

/** A realm on event time has its months turn when its records say so: their plan and draw are asked for by whoever looks. */
function watchMonths(realm: EventTimeRealm, jobs: Jobs, failed: (error: unknown) => void): () => void {
  const turns = createMonthTurns(realm.zoneOffsetMinutes)
  const look = async () => {
    await realm.refresh()
    const period = turns.look(realm.now(), performance.now())
    if (period === undefined) return
    const request: InspectionRequest = { work: 'inspections', realm: realm.realm, period, draw: true }
    await jobs.enqueue('recalculations', `inspections-${realm.realm}-${period}`, request, { delayMs: 0, attempts: 5 })
  }
  const timer = setInterval(() => look().catch(failed), LOOK_MS)
  return () => clearInterval(timer)
}

/** Its clock is the newest instant that is sealed, as far as it was last looked at. */
interface EventTimeRealm extends InspectedRealm {
  refresh(): Promise<void>
}

async function onRecordsTime({ ports }: RoleContext, rules: Omit<InspectedRealm, 'now'>): Promise<EventTimeRealm> {
  let sealed = 0
  let rang = true
  const refresh = async () => {
    if (!rang) return
    rang = false
    try {
      const views = Object.values(await ports.present.read(rules.realm, 'shards'))
      sealed = Math.max(sealed, ...views.map((view) => Number(JSON.parse(view).sealedUntil)))
    } catch (error) {
      rang = true
      throw error
    }
  }
  await ports.present.watch((realm, area) => {
    if (realm === rules.realm && area === 'shards') rang = true
  })
  await refresh()
  return { ...rules, now: () => sealed, refresh }
}

function rulesOf(set: PolicySet, policiesFolder: string): Omit<InspectedRealm, 'now'> {
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
  const inspectors = join(policiesFolder, set.set, 'inspectors.json')
  return {
    realm: set.realm.realm,
    classScheme: set.realm.classScheme,
    zoneOffsetMinutes: set.realm.zoneOffsetMinutes,
    policy: readSamplingPolicy(read(join(policiesFolder, 'sampling', `${set.realm.sampling}.json`))),
    inspectors: existsSync(inspectors) ? readInspectors(read(inspectors)) : [],
  }
}
