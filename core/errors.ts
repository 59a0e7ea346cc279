/** The world is briefly unwell: the same call may succeed later. Adapters translate vendor errors by code, never by words. */
export class Retryable extends Error {
  override readonly name = 'Retryable'
  readonly code: string
  /** How long the other side asked us to wait, in milliseconds; absent where it did not say. */
  readonly retryAfterMs: number | undefined
  constructor(code: string, message: string, options?: ErrorOptions & { readonly retryAfterMs?: number }) {
    super(message, options)
    this.code = code
    this.retryAfterMs = options?.retryAfterMs
  }
}

/** This input will never be accepted; the sender is told why. */
export class Rejected extends Error {
  override readonly name = 'Rejected'
  readonly reason: string
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** A fault that a person has to mend before the command can run: one sentence, with what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}
