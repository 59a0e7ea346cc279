import type { LogBatch, LogReader, Position } from '../core/event-log.ts'

/** `signals/17`, `sealed`, `decisions`: what positions are kept by. */
export function streamOf(batch: Pick<LogBatch, 'topic' | 'shard'>): string {
  return batch.topic === 'signals' ? `signals/${batch.shard}` : batch.topic
}

/** The shard of a stream of signals; `undefined` for the other streams. */
export function shardOfSignals(stream: string): number | undefined {
  return stream.startsWith('signals/') ? Number(stream.slice('signals/'.length)) : undefined
}

/** How far each stream of evidence had been read when a batch of decisions was carried out. */
export interface Barrier {
  readonly decisions: Position
  readonly after: Readonly<Record<string, Position>>
}

/**
 * The topics have no common order, yet a decision before a rise and one after it end differently. Whatever was said
 * after the snapshot has to be said again in the same words after a restart, so known decisions are taken exactly where
 * they were taken before, and new ones only when the evidence that was there at the start is in.
 */
export interface Replay {
  readonly barriers: readonly Barrier[]
  readonly evidenceEnds: Readonly<Record<string, Position>>
}

export interface Intake {
  /** Batches to fold, in this order; waits up to what a poll waits and may return none. Errors: those of the readers. */
  next(): Promise<readonly LogBatch[]>
  /** Where each stream stands after what `next` returned. */
  positions(): Readonly<Record<string, Position>>
  close(): Promise<void>
}

const POLL_MS = 250

type Polled = { readonly reader: LogReader } & ({ readonly batches: readonly LogBatch[] } | { readonly error: unknown })

function pollOf(reader: LogReader): Promise<Polled> {
  return reader.poll(POLL_MS).then(
    (batches) => ({ reader, batches }),
    (error: unknown) => ({ reader, error }),
  )
}

export function createIntake(
  readers: readonly LogReader[],
  start: Readonly<Record<string, Position>>,
  replay: Replay,
): Intake {
  const positions = new Map(Object.entries(start))
  const polls = new Map<LogReader, Promise<Polled>>()
  let evidence: readonly LogBatch[] = []
  let decisions: readonly LogBatch[] = []
  let barriers = replay.barriers
  let isCaughtUp = false

  const hasReached = (ends: Readonly<Record<string, Position>>) =>
    Object.entries(ends).every(([stream, end]) => (positions.get(stream) ?? '') >= end)

  function take(batches: readonly LogBatch[]): readonly LogBatch[] {
    for (const batch of batches) positions.set(streamOf(batch), batch.position)
    return batches
  }

  function takeEvidence(upTo: Readonly<Record<string, Position>> | undefined): readonly LogBatch[] {
    const isDue = (batch: LogBatch) => upTo === undefined || batch.position <= (upTo[streamOf(batch)] ?? '')
    const due = evidence.filter(isDue)
    evidence = evidence.filter((batch) => !isDue(batch))
    return take(due)
  }

  function release(): readonly LogBatch[] {
    const [barrier, ...later] = barriers
    if (barrier !== undefined) {
      const before = takeEvidence(barrier.after)
      const [decision, ...rest] = decisions
      if (decision === undefined || !hasReached(barrier.after)) return before
      decisions = rest
      barriers = later
      return [...before, ...take([decision]), ...release()]
    }
    const before = takeEvidence(undefined)
    isCaughtUp ||= hasReached(replay.evidenceEnds)
    if (!isCaughtUp) return before
    const due = decisions
    decisions = []
    return [...before, ...take(due)]
  }

  function hold(batches: readonly LogBatch[]): void {
    evidence = [...evidence, ...batches.filter((batch) => batch.topic !== 'decisions')]
    decisions = [...decisions, ...batches.filter((batch) => batch.topic === 'decisions')]
  }

  return {
    async next() {
      const held = release()
      if (held.length > 0) return held
      // Each reader waits on its own: a quiet topic does not hold up a busy one.
      for (const reader of readers) {
        if (!polls.has(reader)) polls.set(reader, pollOf(reader))
      }
      const polled = await Promise.race(polls.values())
      polls.delete(polled.reader)
      if ('error' in polled) throw polled.error
      hold(polled.batches)
      return release()
    },
    positions: () => Object.fromEntries(positions),
    async close() {
      await Promise.allSettled(polls.values())
      for (const reader of readers) await reader.close()
    },
  }
}
