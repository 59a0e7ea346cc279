import { systemClock } from '../adapters/system-clock.ts'
import type { Conversation, TcpRefusal } from '../adapters/tcp/conversation.ts'
import { startDeviceServer } from '../adapters/tcp/device-server.ts'
import { createGb26875Conversation } from '../adapters/tcp/gb26875-conversation.ts'
import { createHj212Conversation } from '../adapters/tcp/hj212-conversation.ts'
import { createSeldom } from '../adapters/tcp/seldom.ts'
import { Refusal } from '../core/errors.ts'
import { HOUR_MS, MINUTE_MS } from '../core/time.ts'
import type { Registry } from '../ingest/registry.ts'
import { devicePasswords } from './device-passwords.ts'
import { listening } from './listening.ts'
import type { RoleContext, RoleReady } from './roles/role.ts'

type DeviceFormat = 'hj212' | 'gb26875'

interface DeviceFeed {
  readonly realm: string
  readonly feed: string
  readonly zoneOffsetMinutes: number
}

/** Names that are remembered so that a peer that knocks again and again fills neither log nor rejects. */
const NAMES_KEPT = 10_000

/** The doors for devices on TCP, each where its port is given. Answers their addresses. */
export async function openDeviceDoors(context: RoleContext, registry: Registry): Promise<RoleReady> {
  const { config, folder, logger } = context
  const clock = systemClock
  const ready: Record<string, string> = {}

  /** `prepare` says how each connection is spoken to. */
  async function open(
    format: DeviceFormat,
    port: number | undefined,
    prepare: (feed: DeviceFeed) => () => Conversation,
  ): Promise<void> {
    if (port === undefined) return
    const found = feedOfFormat(context, registry, format)
    const { intake, feeds } = registry.get(found.realm) ?? {}
    const feed = feeds?.get(found.feed)?.compiled
    if (intake === undefined || feed === undefined) throw new Error(`the feed ${found.feed} is not registered`)
    const converse = prepare(found)
    const tells = createSeldom(10 * MINUTE_MS, NAMES_KEPT)
    const onRefused = (why: TcpRefusal, device: string) => {
      if (tells(`${why} ${device}`, clock.now())) logger.warn({ format, why, device }, 'a device was refused')
    }
    const onNotTaken = (error: unknown) => logger.warn({ format, err: error }, 'a frame was not taken')
    const server = await listening(port, () =>
      startDeviceServer({ host: config.host, port, feed, intake, converse, onRefused, onNotTaken }),
    )
    context.lifecycle.onStop(`the front door for ${format}`, () => server.close())
    ready[format] = `tcp://${config.host}:${server.port}`
  }

  await open('hj212', config.hj212Port, ({ realm, feed, zoneOffsetMinutes }) => {
    const passwordOf = devicePasswords({
      folder,
      feed: `${realm}/${feed}`,
      clock,
      onUnusable: (error) => logger.error({ err: error }, 'the passwords of devices cannot be read'),
    })
    const keepsRefused = createSeldom(HOUR_MS, NAMES_KEPT)
    return () => createHj212Conversation({ passwordOf, clock, zoneOffsetMinutes, keepsRefused })
  })
  await open('gb26875', config.gb26875Port, ({ zoneOffsetMinutes }) => {
    return () => createGb26875Conversation({ clock, zoneOffsetMinutes })
  })
  return ready
}

/** A port belongs to one feed. Errors: `Refusal` where no live realm has such a feed, or several have. */
function feedOfFormat({ policies }: RoleContext, registry: Registry, format: DeviceFormat): DeviceFeed {
  const found = [...registry].flatMap(([realm, { clock, feeds }]) =>
    clock === 'live'
      ? [...feeds].filter(([, one]) => one.compiled.policy.format === format).map(([feed]) => ({ realm, feed }))
      : [],
  )
  const [first, second] = found
  const variable = `FENGSUI_${format.toUpperCase()}_PORT`
  if (first === undefined) {
    throw new Refusal({
      zh: `设置了 ${variable},但没有实时数据域含有格式为 ${format} 的数据源`,
      en: `${variable} is set, but no realm on live time has a feed of the format ${format}.`,
    })
  }
  if (second !== undefined) {
    const names = found.map(({ realm, feed }) => `${realm}/${feed}`).join(', ')
    throw new Refusal({
      zh: `${variable} 只开一个端口,而有多个数据源的格式为 ${format}:${names}`,
      en: `${variable} opens one port, and several feeds are of the format ${format}: ${names}.`,
    })
  }
  return { ...first, zoneOffsetMinutes: policies.get(first.realm)?.realm.zoneOffsetMinutes ?? 480 }
}
