import type { Notice } from '../core/warning.ts'

/** A way to one receiver. */
export interface Channel {
  /**
   * Resolves once the receiver has the notice, also where it had it already: the notice's id is the key to tell by.
   * Errors: `Retryable` when it may work later, `Rejected` when the receiver will never take it.
   */
  deliver(notice: Notice): Promise<void>
}
