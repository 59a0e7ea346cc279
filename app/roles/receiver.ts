import { createDemoReceiver } from '../../adapters/http/demo-receiver.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { secret } from '../embedded/data-folder.ts'
import { listening } from '../listening.ts'
import type { StartRole } from './role.ts'

const KEPT = 8

/** A receiver as an authority would run it: a process of its own that checks every signature. */
export const startReceiver: StartRole = async ({ config, folder, ports, lifecycle, signal }) => {
  const receiver = createDemoReceiver({
    secret: secret(folder, 'webhook').toString('hex'),
    clock: systemClock,
    keep: KEPT,
    received: async ({ at, notice, verified, text }) => {
      await ports.present.put(notice.realm, 'demo', {
        [notice.id]: JSON.stringify({ at, notice, verified, text }),
      })
      const all = Object.entries(await ports.present.read(notice.realm, 'demo')).map(
        ([id, json]) => [id, Number(JSON.parse(json).at)] as const,
      )
      const old = all.sort(([, left], [, right]) => right - left).slice(KEPT)
      if (old.length > 0)
        await ports.present.remove(
          notice.realm,
          'demo',
          old.map(([id]) => id),
        )
    },
  })
  const url = await listening(config.receiverPort, () => receiver.start(config.receiverPort))
  lifecycle.onStop('the receiver', () => receiver.stop())
  return {
    ready: { receiver: url },
    ended: new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }
}
