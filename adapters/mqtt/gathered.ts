import type { Row } from '../../ingest/decode/row.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'

/** Hears once that the rows of a message are durable, or of the `Retryable` that kept them from it. */
export type Told = (error?: unknown) => void

/** Takes in the rows of a message, which say where they come from. */
export type TakeMessage = (rows: readonly Row[], told: Told) => void

interface Gathered {
  readonly rows: Row[]
  readonly told: Told[]
}

/** Of what comes in one turn of the event loop; what is more goes in another submission. */
const MOST_ROWS = 1_000

/**
 * Messages that come in the same turn of the event loop are taken in together, as all of them are made durable by the same
 * append anyway. Rows of a feed without a key are told apart by their place in a message, so each of its messages is
 * taken in by itself.
 */
export function createGatherer(feed: CompiledFeed, intake: RealmIntake): TakeMessage {
  function submit(source: string, rows: readonly Row[], told: readonly Told[]): void {
    intake.submit({ feed, source, rows, bulk: false, occurrence: createOccurrences() }).then(
      () => {
        for (const tell of told) tell()
      },
      (error: unknown) => {
        for (const tell of told) tell(error)
      },
    )
  }
  if (feed.policy.key.length === 0) return (rows, told) => submit(rows[0]?.source ?? 'mqtt', rows, [told])

  let gathered: Gathered | undefined

  function gather(): Gathered {
    const begun: Gathered = { rows: [], told: [] }
    setImmediate(() => {
      if (gathered === begun) gathered = undefined
      submit('mqtt', begun.rows, begun.told)
    })
    return begun
  }

  return (rows, told) => {
    if (gathered === undefined || gathered.rows.length >= MOST_ROWS) gathered = gather()
    for (const row of rows) gathered.rows.push(row)
    gathered.told.push(told)
  }
}
