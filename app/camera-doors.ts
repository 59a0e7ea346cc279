import { randomBytes } from 'node:crypto'
import { type DeviceFeeds, deviceFeeds } from '../adapters/registration/device-feed.ts'
import type { Registration } from '../adapters/registration/registrar.ts'
import { openSipDoor } from '../adapters/sip/sip-door.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { startViidServer } from '../adapters/viid/viid-server.ts'
import { MINUTE_MS } from '../core/time.ts'
import type { Registry } from '../ingest/registry.ts'
import { devicePasswords } from './device-passwords.ts'
import { knownDevices } from './known-devices.ts'
import { listening } from './listening.ts'
import type { Ports } from './ports.ts'
import type { RoleContext } from './roles/role.ts'

/** What sites commonly set their devices to; GB/T 28181 names 60 s as its example. */
const KEEPALIVE_MS = MINUTE_MS

/** What the doors need of a role. */
export interface CameraContext extends Pick<RoleContext, 'config' | 'folder' | 'lifecycle' | 'logger'> {
  readonly ports: Pick<Ports, 'present'>
}

export interface CameraDoors {
  /** Addresses of the doors that are open. */
  readonly ready: Readonly<Record<string, string>>
  /** To be done about once a second. Errors: `Retryable`. */
  readonly works: readonly (() => Promise<void>)[]
}

export type OnDropped = (realm: string, feed: string, dropped: Readonly<Record<string, number>>) => void

/** The doors at which devices register: GB/T 28181 and GA/T 1400, each where the environment gives it a port. */
export async function openCameraDoors(
  context: CameraContext,
  registry: Registry,
  onDropped: OnDropped,
): Promise<CameraDoors> {
  const doors = [await openSip(context, registry), await openViid(context, registry, onDropped)]
  const open = doors.filter((door) => door !== undefined)
  return { ready: Object.fromEntries(open.map(({ name, url }) => [name, url])), works: open.map(({ work }) => work) }
}

interface OpenDoor {
  readonly name: string
  readonly url: string
  readonly work: () => Promise<void>
}

async function openSip(context: CameraContext, registry: Registry): Promise<OpenDoor | undefined> {
  const { config, lifecycle, logger } = context
  const { sipPort: port } = config
  if (port === undefined) return undefined
  const feeds = deviceFeeds(registry, 'gbt28181')
  const shared = await sharedParts(context, feeds, 'gb28181')
  const onError = (error: unknown) => logger.warn({ err: error }, 'signalling')
  const door = await listening(port, () => openSipDoor({ ...shared.options, feeds, port, random: hex(16), onError }))
  lifecycle.onStop('the door for cameras', () => door.close())
  const { platformCounts, counts } = door
  const said = sayWhatChanged(context, 'what cameras sent', () => ({
    ...platformCounts,
    ...counts,
    droppedStates: door.droppedStates,
  }))
  return { name: 'sip', url: door.url, work: everyTurn(door, shared.save, said) }
}

async function openViid(
  context: CameraContext,
  registry: Registry,
  onDropped: OnDropped,
): Promise<OpenDoor | undefined> {
  const { config, lifecycle, logger } = context
  const { viidPort: port } = config
  if (port === undefined) return undefined
  const feeds = deviceFeeds(registry, 'gat1400')
  const shared = await sharedParts(context, feeds, 'gat1400')
  const door = await listening(port, () =>
    startViidServer({
      ...shared.options,
      feeds,
      port,
      random: hex(8),
      onDropped: (realm, dropped) => onDropped(realm, feeds.policyOf(realm).feed, { ...dropped }),
      onInternalError: (error) => logger.error({ err: error }, 'a request failed'),
    }),
  )
  lifecycle.onStop('the door for view libraries', () => door.close())
  const said = sayWhatChanged(context, 'what view libraries sent', () => ({ droppedStates: door.droppedStates }))
  return { name: 'viid', url: door.url, work: everyTurn(door, shared.save, said) }
}

async function sharedParts(context: CameraContext, feeds: DeviceFeeds, protocol: string) {
  const { config, ports } = context
  const { known, save } = await knownDevices(ports.present, feeds.realms, protocol, systemClock.now())
  const options = {
    deviceOf: findDevice(context, feeds),
    id: config.platformId,
    host: config.host,
    clock: systemClock,
    nonceKey: randomBytes(32),
    keepaliveMs: KEEPALIVE_MS,
    known,
  }
  return { options, save }
}

/** Whose a device is, and its password: it is listed under one feed. */
function findDevice({ folder, logger }: CameraContext, feeds: DeviceFeeds) {
  const onUnusable = (error: unknown) => logger.error({ err: error }, 'the passwords of devices cannot be read')
  const passwords = feeds.realms.map((realm) => {
    const feed = `${realm}/${feeds.policyOf(realm).feed}`
    return { realm, passwordOf: devicePasswords({ folder, feed, clock: systemClock, onUnusable }) }
  })
  return (device: string) => {
    for (const { realm, passwordOf } of passwords) {
      const password = passwordOf(device)
      if (password !== undefined) return { realm, password }
    }
    return undefined
  }
}

function everyTurn(
  door: { elapse(): Promise<void>; registrations(): readonly Registration[] },
  save: (registrations: readonly Registration[]) => Promise<void>,
  after: () => void,
): () => Promise<void> {
  return async () => {
    await door.elapse()
    await save(door.registrations())
    after()
  }
}

/** One line a minute at most, and none while nothing changes: a camera that is set up wrongly tries again for ever. */
function sayWhatChanged({ logger }: CameraContext, what: string, counts: () => object): () => void {
  let said = JSON.stringify(counts())
  let next = 0
  return () => {
    const now = systemClock.now()
    const text = JSON.stringify(counts())
    if (now < next || text === said) return
    next = now + MINUTE_MS
    said = text
    logger.info(counts(), what)
  }
}

function hex(bytes: number): () => string {
  return () => randomBytes(bytes).toString('hex')
}
