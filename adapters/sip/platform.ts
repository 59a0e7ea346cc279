import { Retryable } from '../../core/errors.ts'
import { SHANGHAI_OFFSET_MINUTES, toLocalIso } from '../../core/time.ts'
import { DEVICE_ID, type Manscdp, readManscdp } from '../../ingest/decode/manscdp.ts'
import type { Digest } from '../registration/digest.ts'
import type { Registrar } from '../registration/registrar.ts'
import type { StateOutbox } from '../registration/state-outbox.ts'
import { headerOf, type SipRequest } from './message.ts'
import type { ExtraHeaders, SeenAt, Status } from './write-message.ts'

/** A device as the site set it up. */
export interface DeviceSecret {
  readonly realm: string
  readonly password: string
}

export interface PlatformOptions {
  readonly digest: Digest
  readonly registrar: Registrar
  readonly states: StateOutbox
  readonly deviceOf: (device: string) => DeviceSecret | undefined
  /** Resolves when the document is durable, be it as a reject. Errors: `Retryable` where it is not. */
  readonly takeIn: (realm: string, registrant: string, document: Buffer) => Promise<void>
  /** Hears of what was answered with 500. */
  readonly onInternalError: (error: unknown) => void
}

export interface SipAnswer {
  readonly status: Status
  readonly headers?: ExtraHeaders
  /** An alarm that is durable: the platform says so in a MESSAGE of its own after the answer. */
  readonly alarm?: Manscdp
}

/** What has been answered, by what it was: for the operating log and for tests. */
export interface SipCounts {
  registered: number
  challenged: number
  forbidden: number
  keepalives: number
  alarms: number
  rejected: number
  setAside: number
  notTaken: number
}

export interface SipPlatform {
  answer(request: SipRequest, seen: SeenAt, now: number): Promise<SipAnswer>
  readonly counts: Readonly<SipCounts>
}

const METHODS = 'REGISTER, MESSAGE, NOTIFY'
/** Commands of the standard that say nothing which a feed keeps: they are acknowledged and let go. GB/T 28181, annex A. */
const SET_ASIDE = new Set([
  ...['Catalog', 'DeviceInfo', 'RecordInfo', 'MediaStatus', 'MobilePosition', 'Broadcast', 'ConfigDownload'],
  ...['DeviceConfig', 'DeviceControl', 'PresetQuery', 'SDCardStatus', 'UploadSnapShotFinished', 'DeviceUpgradeResult'],
])
const DEFAULT_EXPIRES_S = 3_600
const LEAST_EXPIRES_S = 60
const MOST_EXPIRES_S = 7 * 86_400
const RETRY_AFTER_S = '2'
const MANSCDP = /^application\/manscdp\+xml\s*(?:;|$)/i

/** The platform's side of GB/T 28181 as far as a feed needs it: who may speak, what is durable, what is answered. */
export function createSipPlatform(options: PlatformOptions): SipPlatform {
  const { digest, registrar, states, deviceOf } = options
  const counts: SipCounts = {
    registered: 0,
    challenged: 0,
    forbidden: 0,
    keepalives: 0,
    alarms: 0,
    rejected: 0,
    setAside: 0,
    notTaken: 0,
  }

  function forbidden(): SipAnswer {
    counts.forbidden++
    return { status: 403 }
  }

  async function register(request: SipRequest, seen: SeenAt, now: number): Promise<SipAnswer> {
    const passwordOf = (user: string) => deviceOf(user)?.password
    const verdict = digest.verify(headerOf(request.headers, 'authorization'), { method: 'REGISTER', now, passwordOf })
    if (verdict.fault === 'busy') return { status: 503, headers: { 'Retry-After': RETRY_AFTER_S } }
    if (verdict.fault === 'wrong') return forbidden()
    if (verdict.fault !== undefined) {
      counts.challenged++
      return { status: 401, headers: { 'WWW-Authenticate': digest.challenge(now, verdict.fault === 'stale') } }
    }
    const device = verdict.user
    const secret = deviceOf(device)
    if (secret === undefined || device !== request.user || !DEVICE_ID.test(device)) return forbidden()
    const contact = headerOf(request.headers, 'contact')
    const seconds = readExpires(headerOf(request.headers, 'expires'), contact)
    if (contact === undefined || seconds === undefined) return { status: 400 }
    if (seconds > 0 && seconds < LEAST_EXPIRES_S)
      return { status: 423, headers: { 'Min-Expires': String(LEAST_EXPIRES_S) } }

    const expires = Math.min(seconds, MOST_EXPIRES_S)
    const changes =
      expires === 0
        ? registrar.unregister(device, now)
        : registrar.register({ device, realm: secret.realm, address: seen.address }, now + expires * 1_000, now)
    if (changes === undefined) return { status: 503, headers: { 'Retry-After': RETRY_AFTER_S } }
    await durable(changes)
    counts.registered++
    // GB/T 28181, 9.10: devices set their clock by it, and an alarm has no other time than that clock's.
    const date = `${toLocalIso(now, SHANGHAI_OFFSET_MINUTES).slice(0, 19)}.${String(now % 1_000).padStart(3, '0')}`
    return { status: 200, headers: { Contact: contact, Expires: String(expires), Date: date } }
  }

  async function durable(changes: ReturnType<Registrar['unregister']>): Promise<void> {
    if (changes.length === 0) return
    states.add(changes)
    await states.flush()
  }

  async function message(request: SipRequest, seen: SeenAt, now: number): Promise<SipAnswer> {
    const realm = registrar.find(request.user, seen.address, now)?.realm
    // Who was taken off the list is out at once, not when the registration ends.
    if (realm === undefined || deviceOf(request.user)?.realm !== realm) return forbidden()
    if (!MANSCDP.test(headerOf(request.headers, 'content-type') ?? '')) return { status: 415 }
    const document = readManscdp(request.body)
    if ('error' in document) {
      await options.takeIn(realm, request.user, request.body)
      counts.rejected++
      return { status: 400 }
    }
    if (document.command === 'Keepalive') {
      await durable(registrar.keepalive(request.user, document, now))
      counts.keepalives++
      return { status: 200 }
    }
    if (SET_ASIDE.has(document.command)) {
      counts.setAside++
      return { status: 200 }
    }
    await options.takeIn(realm, request.user, request.body)
    if (document.command !== 'Alarm' || document.root !== 'Notify') return { status: 200 }
    counts.alarms++
    return { status: 200, alarm: document }
  }

  return {
    counts,

    async answer(request, seen, now) {
      try {
        if (request.method === 'REGISTER') return await register(request, seen, now)
        if (request.method === 'MESSAGE' || request.method === 'NOTIFY') return await message(request, seen, now)
        return { status: 405, headers: { Allow: METHODS } }
      } catch (error) {
        counts.notTaken++
        if (error instanceof Retryable) return { status: 503, headers: { 'Retry-After': RETRY_AFTER_S } }
        options.onInternalError(error)
        return { status: 500 }
      }
    },
  }
}

/** Seconds that a registration is asked for, or `undefined` where what is asked cannot be read. Contact's own word counts first. */
function readExpires(header: string | undefined, contact: string | undefined): number | undefined {
  const text = /;\s*expires=([^;,>\s]*)/i.exec(contact ?? '')?.[1] ?? header
  if (text === undefined) return DEFAULT_EXPIRES_S
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
