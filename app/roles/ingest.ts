import { DOOR_LIMITS } from '../../adapters/http/door-limits.ts'
import { startIngestServer } from '../../adapters/http/ingest-server.ts'
import type { OperatorRealm } from '../../adapters/http/operator-routes.ts'
import { createFeedMetrics } from '../../adapters/prometheus/feed-metrics.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import type { DoorTls } from '../../adapters/tls/door-tls.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import { openReferences } from '../../ingest/references.ts'
import type { RegisteredRealm } from '../../ingest/registry.ts'
import { createSealer } from '../../ingest/sealed-bytes.ts'
import { createStewardDesk } from '../../ingest/steward-desk.ts'
import { openCameraDoors } from '../camera-doors.ts'
import { openDeviceDoors } from '../device-doors.ts'
import { secret } from '../embedded/data-folder.ts'
import { feedKeys } from '../feed-keys.ts'
import { createFeedWatch } from '../feed-watch.ts'
import { compileFeeds, openRecordIndex } from '../ingest-parts.ts'
import { openKafkaDoor } from '../kafka-door.ts'
import { listening } from '../listening.ts'
import { openMqttDoor } from '../mqtt-door.ts'
import { openOperators } from '../operators.ts'
import { createPolicyDoor } from '../policy-door.ts'
import { enterRealm } from '../realm-roster.ts'
import { runSources } from '../sources.ts'
import { auditOf, deskParts } from '../steward-desks.ts'
import { runStewardRounds } from '../steward-rounds.ts'
import { readDoorTls } from '../tls-door.ts'
import type { StartRole } from './role.ts'

/** A silent feed holds the city's time back by half a minute at most; what comes later corrects what was said. */
const LIVE_RULE = { graceMs: 2_000, idleAfterMs: 30_000, sayEveryMs: 30_000 }
const TICK_MS = 1_000

/** The front doors: HTTP and MQTT, for every realm that has a policy set. */
export const startIngest: StartRole = async (context) => {
  const { config, folder, policies, lifecycle, signal, logger } = context
  const index = openRecordIndex(config, context.addresses, context.ports, (error) =>
    logger.warn({ err: error }, 'connection'),
  )
  lifecycle.onStop('the record index', () => index.close())
  const keys = feedKeys(folder, policies.values())
  const sealer = createSealer(secret(folder, 'rejects'))
  const personalKey = secret(folder, 'personal')
  const registry = new Map<string, RegisteredRealm>()
  const intakes = new Map<string, RealmIntake>()
  const metrics = createFeedMetrics({ present: context.ports.present, intakes })
  const desks = new Map<string, OperatorRealm>()
  const audit = auditOf(folder)
  const rounds: (() => Promise<void>)[] = []
  const healths: (() => Promise<void>)[] = []
  const droppedBy = new Map<string, (feed: string, dropped: Readonly<Record<string, number>>) => void>()
  for (const set of policies.values()) {
    const watch = await createFeedWatch(context.ports.present, set, systemClock)
    let entered = false
    const live = set.realm.clock === 'live' ? LIVE_RULE : undefined
    const references = await openReferences({ realm: set.realm.realm, policies: set.feeds.values(), index })
    const intake = await openRealmIntake({
      realm: set.realm.realm,
      feeds: [...set.feeds.keys()],
      live,
      index,
      log: context.ports.log,
      heldBound: config.logBoundBytes / 2,
      clock: systemClock,
      sealer,
      references,
      onCommitted: ({ feed }, receipt, fresh) => {
        watch.note(feed.policy.feed, receipt, fresh)
        metrics.rejected(set.realm.realm, feed.policy.feed, receipt.rejected)
        if (entered) return
        entered = true
        context
          .retry(() => enterRealm(context.ports.present, set))
          .catch((error: unknown) => logger.error({ err: error }, 'a realm could not be entered'))
      },
    })
    lifecycle.onStop('what was taken in', () => intake.settled())
    droppedBy.set(set.realm.realm, watch.dropped)
    healths.push(async () => {
      await intake.elapse()
      await watch.look(intake)
    })
    const compiled = compileFeeds(set, personalKey)
    const feeds = new Map(
      [...compiled].map(([feed, one]) => [feed, { compiled: one, key: keys.get(`${set.realm.realm}/${feed}`) ?? '' }]),
    )
    const parts = deskParts({ set, folder, ports: context.ports, index, intake, references, feeds: compiled, audit })
    const policyDoor = createPolicyDoor(context.ports, set)
    desks.set(set.realm.realm, { desk: createStewardDesk(parts), legacyCodes: set.legacyCodes, policies: policyDoor })
    rounds.push(() => runStewardRounds(context, parts))
    intakes.set(set.realm.realm, intake)
    registry.set(set.realm.realm, { clock: set.realm.clock, intake, feeds })
  }
  const operators = openOperators({
    folder,
    clock: systemClock,
    onUnusable: (error) => logger.error({ err: error }, 'the keys of operators cannot be read: those of before hold'),
  })
  const onInternalError = (error: unknown) => logger.error({ err: error }, 'a request failed')
  const limits = { ...DOOR_LIMITS, requestsPerSecond: config.feedRate, connections: config.connections }
  const openDoor = (port: number, tls?: DoorTls) =>
    listening(port, () =>
      startIngestServer({
        registry,
        clock: systemClock,
        port,
        host: config.host,
        onInternalError,
        limits,
        operator: { desks, operators },
        ...(tls === undefined ? { metrics } : { tls }),
      }),
    )
  const server = await openDoor(config.ingestPort)
  lifecycle.onStop('the front door for records', () => server.close())
  const tlsServer = config.tls && (await openDoor(config.tls.port, readDoorTls(folder, config.tls)))
  lifecycle.onStop('the front door over TLS', async () => tlsServer?.close())
  const mqtt = await openMqttDoor(context, registry)
  openKafkaDoor(context, registry)
  const devices = await openDeviceDoors(context, registry)
  const cameras = await openCameraDoors(context, registry, (realm, feed, dropped) =>
    droppedBy.get(realm)?.(feed, dropped),
  )
  return {
    ready: {
      ingest: server.url,
      ...mqtt,
      ...devices,
      ...cameras.ready,
      ...(tlsServer === undefined ? {} : { ingestTls: tlsServer.url }),
    },
    ended: together([
      everySecond(signal, async () => {
        for (const work of [...cameras.works, ...healths]) await context.retry(work)
      }),
      runSources(context, registry, index),
      ...rounds.map((run) => run()),
    ]),
  }
}

/** Ends with the first that fails, else when all have ended. */
async function together(tasks: readonly Promise<void>[]): Promise<void> {
  await Promise.all(tasks)
}

/** Runs the work, waits until a second has passed, and so on until the signal is raised. */
async function everySecond(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    const begun = performance.now()
    await work()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.max(0, TICK_MS - (performance.now() - begun)))
      signal.addEventListener('abort', done, { once: true })
      function done(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
    })
  }
}
