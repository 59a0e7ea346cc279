import { asItIs, type Bilingual, inBoth } from './bilingual.ts'

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

/** What a person is told, in both languages; `message` holds both on one line. */
export abstract class Told extends Error {
  readonly text: Bilingual
  constructor(text: Bilingual, options?: ErrorOptions) {
    super(inBoth(text), options)
    this.text = text
  }
}

/** This input will never be accepted; the sender is told why. */
export class Rejected extends Told {
  override readonly name = 'Rejected'
  readonly reason: string
  constructor(reason: string, text: Bilingual, options?: ErrorOptions) {
    super(text, options)
    this.reason = reason
  }
}

/** A fault that a person has to mend before the command can run: one sentence, with what to do. */
export class Refusal extends Told {
  override readonly name = 'Refusal'
}

/** A value that a policy may not have, said to whoever wrote it. */
export class UnusableValue extends Told {
  override readonly name = 'UnusableValue'
}

/** What an error says; in both languages where it was written for a person. */
export function textOf(error: unknown): Bilingual {
  if (error instanceof Told) return error.text
  return asItIs(error instanceof Error ? error.message : String(error))
}
