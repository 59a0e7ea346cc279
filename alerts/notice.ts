import type { Notice, Warning } from '../core/warning.ts'

/** The same change told to the same receiver has the same id, however often it is made. */
export function noticeId(warning: Pick<Warning, 'id' | 'revision'>, receiver: string): string {
  return `${warning.id}/${warning.revision}/${receiver}`
}

/** Made at the instant of the change it tells of, not of the machine that tells it: a repeat has the same bytes. */
export function noticeOf(warning: Warning, receiver: string): Notice {
  return { realm: warning.realm, id: noticeId(warning, receiver), warning, receiver, made: warning.changed }
}
