import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../adapters/system-clock.ts'
import { enqueueDeliveries } from '../alerts/alert-effects.ts'
import { ndjson, noticeRow, noticeState, noticesBatch } from '../alerts/outgoing.ts'
import type { AlertStatus } from '../alerts/run-alerts.ts'
import { fullHash, shortHash } from '../core/hash.ts'
import type { Jobs } from '../core/jobs.ts'
import { shardOf } from '../core/shard.ts'
import type { Notice } from '../core/warning.ts'
import { overdueNotice, type Settled, settledBy, tellAgain } from '../ingest/objections/told-again.ts'
import { readTarget } from '../ingest/objections/touched.ts'
import type { ProcessorStatus } from '../processors/present-teller.ts'
import { type CaseParts, openCases } from './cases.ts'
import type { PolicySet } from './policies.ts'

export interface CaseClockParts extends CaseParts {
  readonly jobs: Pick<Jobs, 'enqueueAll'>
  readonly hasAddress: (receiver: string) => boolean
}

const EVERY_MS = 200

/**
 * What time does to the cases of a realm: the superior of a late authority is told, display that has lasted longest ends,
 * and whoever was told of a record that is used no more is told again once all that follows from it has been judged.
 * May be repeated at any point: steps are taken once, and notices are known by their ids.
 */
export async function sweepCases(parts: CaseClockParts, set: PolicySet, signal: AbortSignal): Promise<void> {
  if (!(await hasCases(parts, set.realm.realm))) return
  const { objections, repairs } = await openCases(parts, set)
  await objections.markOverdue((one) => send(parts, set, [overdueNotice({ kind: 'objection', ...one })]))
  await repairs.markOverdue((one) => send(parts, set, [overdueNotice({ kind: 'repair', ...one })]))
  await repairs.endDue()
  for (const objection of await objections.list()) {
    if (objection.state !== 'decided') continue
    const settled = settledBy(objection)
    if (settled === undefined) await objections.markTold(objection.id, [])
    else await tell(settled, (told) => objections.markTold(objection.id, told))
  }
  for (const { id, state, realm, target, touched, granted } of await repairs.list()) {
    if (state !== 'granted' || touched === null) continue
    const settled: Settled = { realm, id, target, touched, decided: granted, because: 'repaired' }
    await tell(settled, async (told) => void (await repairs.markLifted(id, told)))
  }

  async function tell(settled: Settled, mark: (told: Awaited<ReturnType<typeof tellAgain>>['told']) => Promise<void>) {
    for (const enterprise of await subjectsOf(settled))
      await judgedBeyond(parts, settled.realm, enterprise, settled.decided, signal)
    const { notices, told } = await tellAgain(parts.ports.history, settled)
    await send(parts, set, notices)
    await mark(told)
  }

  async function subjectsOf({ realm, target }: Settled): Promise<readonly string[]> {
    return (await readTarget(parts.ports.history, realm, target))?.enterprises ?? []
  }
}

/** A round ends so many; what is left comes with the next. */
const ENDED_AT_ONCE = 5_000

/**
 * Ends the display of records that have been shown longest, of which no case is open. In realms alone whose policy holds
 * law's times of publication: elsewhere nothing is shown by these rules. Gives how many it ended.
 */
export async function sweepDisplays(parts: CaseParts, set: PolicySet): Promise<number> {
  if (set.realm.publication === undefined) return 0
  const { displays } = await openCases(parts, set)
  return (await displays.endDue(ENDED_AT_ONCE)).length
}

/**
 * Tells of what is shown though it should not be any more: records whose repair was granted, after the day by which they
 * had to go; and, where law's times of publication hold, listings whose ground is gone. Gives how many of these it told.
 */
export async function sweepStillShown(parts: CaseClockParts, set: PolicySet): Promise<number> {
  const { repairs, listings } = await openCases(parts, set)
  if (await hasCases(parts, set.realm.realm)) {
    await repairs.markStopped(({ stillShown: superior, stopBy: due, ...one }) =>
      send(parts, set, [overdueNotice({ ...one, kind: 'display', superior, due })]),
    )
  }
  if (set.realm.publication === undefined) return 0
  return listings.markOverdue((late) =>
    send(parts, set, [overdueNotice({ ...late, kind: 'removal', id: shortHash(late.id) })]),
  )
}

/** Most realms have none: then the log is not read for them. */
async function hasCases({ ports }: CaseClockParts, realm: string): Promise<boolean> {
  const rows = await ports.history.query<{ readonly type: string }>(
    "SELECT type FROM decisions WHERE realm = {realm:String} AND type IN ('objection-step', 'repair-step') LIMIT 1",
    { realm },
  )
  return rows.length > 0
}

/** History first, as it proves what was made; then the log, then the sending. */
async function send({ ports, jobs, hasAddress }: CaseClockParts, set: PolicySet, notices: readonly Notice[]) {
  if (notices.length === 0) return
  const { realm } = set.realm
  const now = systemClock.now()
  const made = notices.map((notice) => ({ notice, state: noticeState(notice, set.realm, hasAddress, now) }))
  const rows = ndjson(made.map(({ notice, state }) => noticeRow(notice, state)))
  await ports.history.insert('notices', rows, `${realm}/cases/${fullHash(rows)}`)
  await ports.log.append([noticesBatch(realm, notices)])
  await enqueueDeliveries(
    jobs,
    made.filter(({ state }) => state === 'made').map(({ notice }) => notice),
  )
}

/** Waits until an enterprise's shard is sealed beyond an instant with all that its log holds now, and judged by the alert role. */
async function judgedBeyond(
  { ports: { log, present } }: CaseClockParts,
  realm: string,
  enterprise: string,
  instant: number,
  signal: AbortSignal,
): Promise<void> {
  const shard = shardOf(enterprise)
  const end = (await log.ends('observations', realm)).get(shard) ?? ''
  await wait(async () => {
    const view = await present.readOne(realm, 'shards', String(shard))
    const statuses = Object.entries(await present.read(realm, 'positions')).filter(([key]) =>
      key.startsWith('process '),
    )
    const durable = statuses.map(([, text]): ProcessorStatus => JSON.parse(text)).map((one) => one.durable[shard] ?? '')
    return view !== undefined && JSON.parse(view).sealedUntil > instant && durable.some((position) => position >= end)
  })
  const said = (await log.ends('signals', realm)).get(shard) ?? ''
  await wait(async () => {
    const text = await present.readOne(realm, 'positions', 'alert')
    const status: AlertStatus | undefined = text === undefined ? undefined : JSON.parse(text)
    return (status?.read[`signals/${shard}`] ?? '') >= said
  })

  async function wait(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await delay(EVERY_MS, undefined, { signal })
  }
}
