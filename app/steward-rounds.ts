import { setTimeout as delay } from 'node:timers/promises'
import { isBinding } from '../ingest/bindings/binding-page.ts'
import { settleAll } from '../ingest/identity/settle.ts'
import { endTorn } from '../ingest/rejects/end-torn.ts'
import { markResolved, releaseParked } from '../ingest/rejects/reject-rounds.ts'
import type { DeskParts } from '../ingest/steward-desk.ts'
import { processed } from './caught-up.ts'
import type { RoleContext } from './roles/role.ts'

/** A parked row waits so long at most once its binding is there and the history has both. */
const RELEASE_EVERY_MS = 5_000
const SETTLE_EVERY_MS = 1_000
const RESOLVE_EVERY_MS = 60_000
const LOOK_EVERY_MS = 250

/** Releases, settles and resolves in one realm until the signal is raised; each waits for the stores as long as it takes. */
export async function runStewardRounds({ ports, retry, signal, logger }: RoleContext, parts: DeskParts): Promise<void> {
  const { realm } = parts
  const say = (count: number, what: string) => {
    if (count > 0) logger.info({ realm, count }, what)
  }
  const every = async (ms: number, work: () => Promise<void>) => {
    while (!signal.aborted) {
      await retry(work)
      await delay(ms, undefined, { signal })
    }
  }
  const binds = [...parts.policies.values()].some(({ observations }) => observations.some(isBinding))
  const rounds = [
    every(SETTLE_EVERY_MS, async () => {
      if (Object.keys(await parts.index.wholeBook(realm, 'unsettled')).length === 0) return
      // What was in the log when it was noted has to be in the history before it can be moved.
      await processed(ports, realm, signal, LOOK_EVERY_MS)
      const policies = parts.policies.values()
      say(await settleAll({ ...parts, policies }), 'observations have another subject')
    }),
    every(RESOLVE_EVERY_MS, async () => {
      say(await markResolved(parts), 'rejects came right by themselves')
      say(await endTorn(parts), 'torn files have come whole')
    }),
  ]
  if (binds) {
    rounds.push(every(RELEASE_EVERY_MS, async () => say(await releaseParked(parts), 'parked rows are released')))
  }
  const unlessStopped = (error: unknown) => {
    if (!signal.aborted) throw error
  }
  await Promise.all(rounds.map((round) => round.catch(unlessStopped)))
}
