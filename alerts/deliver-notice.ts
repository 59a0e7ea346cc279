import { Rejected } from '../core/errors.ts'
import type { RealmPolicy } from '../core/policy.ts'
import type { Notice } from '../core/warning.ts'
import type { Channel } from './channel.ts'

export interface DeliveryPorts {
  readonly policyOf: (realm: string) => Pick<RealmPolicy, 'demonstration'>
  /** The receiver of this installation itself: the only one that a demonstration may reach. */
  readonly builtIn: Channel
  readonly channelOf: (realm: string, receiver: string) => Channel | undefined
}

/** Handler of the queue `deliveries`; the queue retries what fails. Errors: those of `Channel`; `Rejected` without an address. */
export function createDeliverNotice({
  policyOf,
  builtIn,
  channelOf,
}: DeliveryPorts): (notice: Notice) => Promise<void> {
  return async (notice) => {
    if (policyOf(notice.realm).demonstration) {
      await builtIn.deliver(notice)
      return
    }
    const channel = channelOf(notice.realm, notice.receiver)
    if (channel === undefined) {
      throw new Rejected('no-address', {
        zh: `接收方 ${notice.receiver} 没有配置地址`,
        en: `No address is configured for the receiver ${notice.receiver}`,
      })
    }
    await channel.deliver(notice)
  }
}
