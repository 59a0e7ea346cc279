import { setTimeout as delay } from 'node:timers/promises'
import { createWebhook } from '../../adapters/channels/webhook.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { createDeliverNotice } from '../../alerts/deliver-notice.ts'
import { runAlerts } from '../../alerts/run-alerts.ts'
import { Rejected } from '../../core/errors.ts'
import type { Notice } from '../../core/warning.ts'
import { sweepCases, sweepDisplays, sweepStillShown } from '../case-clock.ts'
import { secret } from '../embedded/data-folder.ts'
import { openJobs } from '../jobs.ts'
import { patientStores } from '../patient-stores.ts'
import type { PolicySet } from '../policies.ts'
import { openPoliciesInForce } from '../policies-in-force.ts'
import { forEachRealm } from '../realm-roster.ts'
import type { StartRole } from './role.ts'

const DELIVERY_TIMEOUT_MS = 10_000
const DELIVERIES_AT_ONCE = 4
const SWEEP_EVERY_MS = 10_000
/** What is not judged by then is asked again with the next sweep. */
const SWEEP_MS = 60_000
/** A display that ends at midnight has ended by one. */
const DISPLAYS_EVERY_MS = 3_600_000

/** What a realm's clock is to do: its cases, or its ends of display. */
interface Round {
  readonly realm: string
  readonly round?: 'displays'
}

/** From risk to people. Receivers outside are reached where FENGSUI_RECEIVER_URL names one. */
export const startAlert: StartRole = async (context) => {
  const { config, folder, ports, policies: sets, policiesFolder, signal, retry, logger } = context
  const jobs = openJobs(context)
  const webhook = (url: string) =>
    createWebhook({
      url,
      secret: secret(folder, 'webhook').toString('hex'),
      timeoutMs: DELIVERY_TIMEOUT_MS,
      clock: systemClock,
    })
  const outside = config.receiverUrl === undefined ? undefined : webhook(config.receiverUrl)
  const deliver = createDeliverNotice({
    policyOf(realm) {
      const set = sets.get(realm)
      if (set === undefined)
        throw new Rejected('unknown-realm', {
          zh: `数据域 ${realm} 没有规则集`,
          en: `No policy set is for the realm ${realm}`,
        })
      return set.realm
    },
    builtIn: webhook(`http://127.0.0.1:${config.receiverPort}/notices`),
    channelOf: () => outside,
  })
  await jobs.work<Notice>('deliveries', DELIVERIES_AT_ONCE, deliver)
  const hasAddress = (set: PolicySet) => set.realm.demonstration || outside !== undefined
  await jobs.work<Round>('escalations', 1, async ({ realm, round }) => {
    const set = sets.get(realm)
    if (set === undefined) return
    const personalKey = secret(folder, 'personal')
    const parts = { ports, policiesFolder, personalKey, jobs, hasAddress: () => hasAddress(set) }
    if (round === 'displays') {
      const ended = await sweepDisplays(parts, set)
      if (ended > 0) logger.info({ realm, count: ended }, 'records are not shown any more')
      const late = await sweepStillShown(parts, set)
      if (late > 0) logger.info({ realm, count: late }, 'listings were not taken off in time')
      return
    }
    const enough = AbortSignal.any([signal, AbortSignal.timeout(SWEEP_MS)])
    await sweepCases(parts, set, enough).catch((error: unknown) => {
      if (!enough.aborted) throw error
    })
  })
  return {
    ready: {},
    ended: forEachRealm(ports.present, sets, signal, async (set) => {
      const { realm } = set.realm
      const policies = await openPoliciesInForce({ ...ports, retry }, set.realm)
      await jobs.schedule('escalations', `cases-${realm}`, { everyMs: SWEEP_EVERY_MS }, { realm })
      await jobs.schedule('escalations', `displays-${realm}`, { everyMs: DISPLAYS_EVERY_MS }, {
        realm,
        round: 'displays',
      } satisfies Round)
      await runAlerts(
        {
          ...patientStores(ports, retry),
          realm,
          policyAt: policies.at,
          foresee: policies.foresee,
          jobs,
          clock: systemClock,
          hasAddress: () => hasAddress(set),
          pause: (ms) => delay(ms, undefined, { signal }),
          happened: (happening) => {
            if (happening.type !== 'folded') logger.info(happening, happening.type)
          },
        },
        signal,
      ).finally(() => policies.close())
    }),
  }
}
