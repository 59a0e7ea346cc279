import type { History } from '../../core/history.ts'
import { RETRACTION_KINDS } from '../../core/observation.ts'
import { readTarget } from '../objections/touched.ts'

/**
 * Whether a record's source still files it as it was: it has not ended there, and nothing within it takes it back. That
 * a case of ours takes it back is another record. Errors: `Retryable` when the history cannot be reached.
 */
export async function isShown(history: History, realm: string, target: string): Promise<boolean> {
  const whole = await readTarget(history, realm, `${target.split('/').slice(0, 2).join('/')}/`)
  if (whole === undefined) return false
  const own = whole.observations.filter(({ id }) => target.endsWith('/') || id === target)
  const isTakenBack = whole.kinds.some((kind) => RETRACTION_KINDS.has(kind))
  return !isTakenBack && own.some(({ kind }) => kind !== 'list-exit')
}
