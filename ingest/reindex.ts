import type { History } from '../core/history.ts'
import type { Observation } from '../core/observation.ts'
import type { Clock } from '../core/time.ts'
import type { Exclusive, RealmIntake } from './intake-port.ts'
import type { References } from './references.ts'

export interface ReindexParts {
  readonly realm: string
  readonly history: History
  readonly intake: Pick<RealmIntake, 'exclusively'>
  readonly references: References
  readonly clock: Clock
}

const PAGE = 2_000

/**
 * Writes the books of bindings and numbers again out of the history: after files were replayed, or when feeds begin to be
 * resolved by a register that was there before. What the books know already stays. Gives the observations it read.
 */
export async function reindex({ realm, history, intake, references, clock }: ReindexParts): Promise<number> {
  let read = 0
  let after = { id: '', version: 0, content: '' }
  for (;;) {
    const page = await history.query<Observation>(
      `SELECT * FROM observations FINAL
        WHERE realm = {realm:String} AND kind IN ('registration', 'device-binding', 'place-binding') AND NOT startsWith(content, '~')
          AND (id, version, content) > ({id:String}, {version:Int64}, {content:String})
        ORDER BY id, version, content LIMIT ${PAGE}`,
      { realm, ...after },
    )
    const last = page.at(-1)
    if (last === undefined) return read
    await intake.exclusively(async (): Promise<Exclusive<void>> => {
      const books = await references.learn(page, clock.now())
      return { commit: { batches: [], marks: [], books }, result: undefined }
    })
    read += page.length
    after = { id: last.id, version: last.version, content: last.content }
  }
}
