import { SHANGHAI_OFFSET_MINUTES, toLocalIso } from '../../core/time.ts'
import { deviceStatusDocument } from '../../ingest/decode/manscdp.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import type { DeviceFeeds } from '../registration/device-feed.ts'
import { createDigest } from '../registration/digest.ts'
import { createRegistrar, type Registration } from '../registration/registrar.ts'
import { createStateOutbox } from '../registration/state-outbox.ts'
import { type IngestSip, type IngestSipOptions, startIngestSip } from './ingest-sip.ts'
import { createSipPlatform, type DeviceSecret, type SipCounts } from './platform.ts'

export interface SipDoorOptions
  extends Pick<IngestSipOptions, 'id' | 'host' | 'port' | 'clock' | 'random' | 'onError'> {
  readonly feeds: DeviceFeeds
  readonly deviceOf: (device: string) => DeviceSecret | undefined
  readonly nonceKey: Uint8Array
  readonly keepaliveMs: number
  /** Registrations of an earlier run. */
  readonly known: readonly Registration[]
}

export interface SipDoor extends IngestSip {
  readonly platformCounts: Readonly<SipCounts>
  /** Changes of state that the log was away too long for. */
  readonly droppedStates: number
  registrations(): readonly Registration[]
}

/** The signalling port with everything behind it: what devices say, and what becomes of them, goes into their realm's feed. */
export async function openSipDoor(options: SipDoorOptions): Promise<SipDoor> {
  const { feeds, deviceOf, id } = options
  const digest = createDigest({ realm: id.slice(0, 10), key: options.nonceKey, random: options.random })
  const registrar = createRegistrar({
    keepaliveMs: options.keepaliveMs,
    known: options.known.filter(({ realm }) => feeds.has(realm)),
  })
  const states = createStateOutbox(async (realm, changes) => {
    const rows = changes.flatMap(({ device, online, healthy, reason, at }) => {
      const time = toLocalIso(at, SHANGHAI_OFFSET_MINUTES)
      return readRows(feeds.policyOf(realm), deviceStatusDocument({ device, online, healthy, reason, time }))
    })
    await feeds.submit(realm, `sip:${id}`, rows)
  })
  const platform = createSipPlatform({
    digest,
    registrar,
    states,
    deviceOf: (device) => {
      const secret = deviceOf(device)
      return secret !== undefined && feeds.has(secret.realm) ? secret : undefined
    },
    takeIn: (realm, registrant, document) =>
      feeds.submit(realm, `sip:${registrant}`, readRows(feeds.policyOf(realm), document)),
    onInternalError: options.onError,
  })
  const server = await startIngestSip({ ...options, platform, registrar, states })
  return {
    ...server,
    platformCounts: platform.counts,
    get droppedStates() {
      return states.dropped
    },
    registrations: registrar.all,
  }
}
