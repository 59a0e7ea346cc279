import type { EventLog, LogReader } from './event-log.ts'
import type { History } from './history.ts'
import { bookOf, type PolicyBook } from './policy-book.ts'
import { isPolicyStep, type PolicyStep } from './policy-step.ts'

/** A realm's policies as its log tells of them, kept up to date by asking. */
export interface PolicyJournal {
  book(): PolicyBook
  /** Reads what has been appended since. Errors: `Retryable` when the log cannot be reached. */
  refresh(): Promise<PolicyBook>
  /** Durable in the log, and in the book, when it resolves. */
  append(step: PolicyStep): Promise<void>
  close(): Promise<void>
}

export interface JournalPorts {
  readonly log: EventLog
  readonly history: History
}

const POLL_BYTES = 8_000_000
const POLL_MS = 500

/** The log has the newest first hand, the history what the log may no longer hold. */
export async function openPolicyJournal({ log, history }: JournalPorts, realm: string): Promise<PolicyJournal> {
  const steps: PolicyStep[] = []
  const known = new Set<string>()
  let book: PolicyBook = bookOf(realm, steps)

  function take(bodies: readonly string[]): void {
    let isNew = false
    for (const body of bodies) {
      const step: { readonly type: string; readonly id: string } = JSON.parse(body)
      if (!isPolicyStep(step) || known.has(step.id)) continue
      known.add(step.id)
      steps.push(step)
      isNew = true
    }
    if (isNew) book = bookOf(realm, steps)
  }

  const reader = await log.reader({ topic: 'decisions', realm, shards: [0], after: new Map(), maxBytes: POLL_BYTES })
  await catchUp(log, reader, realm, take)
  // What only the history has is older than all that the log still holds.
  const held = steps.splice(0)
  const rows = await history.query<{ body: string }>(
    `SELECT body FROM decisions FINAL WHERE realm = {realm:String} AND startsWith(type, 'policy-')
      ORDER BY at, type = 'policy-staged' DESC, type = 'policy-activated' DESC, id`,
    { realm },
  )
  take(rows.map(({ body }) => body))
  steps.push(...held)
  book = bookOf(realm, steps)

  return {
    book: () => book,
    async refresh() {
      for (let bodies = await poll(reader, 0); bodies.length > 0; bodies = await poll(reader, 0)) {
        take(bodies.flatMap(({ lines }) => lines))
      }
      return book
    },
    async append(step) {
      const bytes = Buffer.from(`${JSON.stringify(step)}\n`)
      await log.append([{ topic: 'decisions', realm, shard: 0, count: 1, bytes, progress: [], bulk: false }])
      // Out of the log again: what another process has appended before it stands before it here as well.
      while (!known.has(step.id)) take((await poll(reader, POLL_MS)).flatMap(({ lines }) => lines))
    },
    close: () => reader.close(),
  }
}

interface Polled {
  readonly position: string
  /** Lines that may be steps; most decisions are not. */
  readonly lines: readonly string[]
}

async function poll(reader: LogReader, waitMs: number): Promise<readonly Polled[]> {
  const batches = await reader.poll(waitMs)
  return batches.map(({ position, bytes }) => {
    const lines = Buffer.from(bytes).toString('utf8').split('\n')
    return { position, lines: lines.filter((line) => line.includes('"type":"policy-')) }
  })
}

async function catchUp(
  log: EventLog,
  reader: LogReader,
  realm: string,
  take: (lines: readonly string[]) => void,
): Promise<void> {
  const end = (await log.ends('decisions', realm)).get(0)
  if (end === undefined) return
  for (let position = ''; position < end; ) {
    for (const polled of await poll(reader, POLL_MS)) {
      position = polled.position
      take(polled.lines)
    }
  }
}
