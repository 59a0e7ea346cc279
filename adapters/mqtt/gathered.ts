import type { Row } from '../../ingest/decode/row.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'

/** Takes in the rows of a message. Resolves when they are durable. Errors: `Retryable`. */
export type TakeMessage = (topic: string, rows: readonly Row[]) => Promise<unknown>

interface Gathered {
  readonly rows: Row[]
  readonly taken: Promise<unknown>
}

/** Of what comes in one turn of the event loop; what is more goes in another submission. */
const MOST_ROWS = 1_000

/**
 * Messages that come in the same turn of the event loop are taken in together, as all of them are made durable by the same
 * append anyway. Rows of a feed without a key are told apart by their place in a message, so each of its messages is
 * taken in by itself.
 */
export function createGatherer(feed: CompiledFeed, intake: RealmIntake): TakeMessage {
  const submit = (source: string, rows: readonly Row[]) =>
    intake.submit({ feed, source, rows, bulk: false, occurrence: createOccurrences() })
  if (feed.policy.key.length === 0) return (topic, rows) => submit(sourceOf(topic), rows)

  let gathered: Gathered | undefined

  function gather(): Gathered {
    const rows: Row[] = []
    const turn = new Promise<void>((resolve) => setImmediate(resolve))
    const taken = turn.then(() => {
      if (gathered?.rows === rows) gathered = undefined
      return submit('mqtt', rows)
    })
    return { rows, taken }
  }

  return (topic, rows) => {
    if (gathered === undefined || gathered.rows.length >= MOST_ROWS) gathered = gather()
    const source = sourceOf(topic)
    for (const row of rows) gathered.rows.push({ ...row, source })
    return gathered.taken
  }
}

function sourceOf(topic: string): string {
  return `mqtt:${topic}`
}
