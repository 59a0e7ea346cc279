import { createDemoReceiver, type Reception } from '../../adapters/http/demo-receiver.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import type { Present } from '../../core/present.ts'
import { secret } from '../embedded/data-folder.ts'
import { listening } from '../listening.ts'
import type { StartRole } from './role.ts'

const KEPT = 8
/** Notices can come by the hundred a second: the board shows the newest, and looks no more often than this. */
const SHOW_EVERY_MS = 250

/** A receiver as an authority would run it: a process of its own that checks every signature. */
export const startReceiver: StartRole = async ({ config, folder, ports, lifecycle, logger, signal }) => {
  const fresh = new Map<string, readonly Reception[]>()
  const receiver = createDemoReceiver({
    secret: secret(folder, 'webhook').toString('hex'),
    clock: systemClock,
    keep: KEPT,
    received: async (reception) => {
      const { realm } = reception.notice
      fresh.set(realm, [reception, ...(fresh.get(realm) ?? [])].slice(0, KEPT))
    },
  })
  const url = await listening(config.receiverPort, () => receiver.start(config.receiverPort))
  lifecycle.onStop('the receiver', () => receiver.stop())
  let showing = Promise.resolve()
  const showAll = async () => {
    for (const [realm, receptions] of fresh) {
      await show(ports.present, realm, receptions)
      // What came meanwhile is in another list, these among it.
      if (fresh.get(realm) === receptions) fresh.delete(realm)
    }
  }
  const timer = setInterval(() => {
    if (fresh.size > 0) showing = showing.then(showAll).catch((err) => logger.warn({ err }, 'not shown yet'))
  }, SHOW_EVERY_MS)
  lifecycle.onStop('the board of the receiver', async () => {
    clearInterval(timer)
    await showing
  })
  return {
    ready: { receiver: url },
    ended: new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }
}

/** `receptions`: the newest first; of two of one notice the newest is shown. */
async function show(present: Present, realm: string, receptions: readonly Reception[]): Promise<void> {
  const documents = receptions
    .toReversed()
    .map((reception) => [reception.notice.id, JSON.stringify(reception)] as const)
  await present.put(realm, 'demo', Object.fromEntries(documents))
  const all = Object.entries(await present.read(realm, 'demo')).map(
    ([id, json]) => [id, Number(JSON.parse(json).at)] as const,
  )
  const old = all.sort(([, left], [, right]) => right - left).slice(KEPT)
  const gone = old.map(([id]) => id)
  if (gone.length > 0) await present.remove(realm, 'demo', gone)
}
