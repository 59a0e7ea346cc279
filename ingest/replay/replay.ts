import { Retryable } from '../../core/errors.ts'
import type { EventLog } from '../../core/event-log.ts'
import { type Clock, DAY_MS, nextGrid } from '../../core/time.ts'
import type { Counts } from '../counts.ts'
import { createOutgoing } from '../outgoing.ts'
import { declare, fromNotes, type RealmTime, toNotes, unsaid } from '../progress.ts'
import type { Commit, Notes, RecordIndex } from '../record-index.ts'
import type { Sealer } from '../sealed-bytes.ts'
import { BEGINNING_BYTES, wholeNotes } from '../torn-files.ts'
import type { ReplayFiles } from './files.ts'
import { type Job, openJob, type ReplayFeed } from './job.ts'
import { makePlan } from './make-plan.ts'
import { createPace, type ReplaySpeed, spanEnd } from './pace.ts'
import { decodePlan, encodePlan, type Plan } from './plan.ts'
import { createChunks } from './run-plan.ts'

export interface ReplayHost {
  readonly index: RecordIndex
  readonly log: Pick<EventLog, 'heldBytes'>
  /** Bytes of observations held by the log over which the replay pauses: half of the log's own bound. */
  readonly heldBound: number
  readonly files: ReplayFiles
  readonly clock: Clock
  readonly sealer: Sealer
  /** Waits so many milliseconds of wall time. */
  readonly wait: (ms: number) => Promise<unknown>
}

export interface ReplayRequest {
  readonly realm: string
  readonly zoneOffsetMinutes: number
  readonly feeds: readonly ReplayFeed[]
  readonly speed: ReplaySpeed
  readonly signal: AbortSignal
  readonly onProgress?: (progress: ReplayProgress) => void
  /**
   * Waits until all that was appended is dealt with downstream. A replay that is killed while it waits still knows its
   * plan when it is asked for again, and tells the same summary.
   */
  readonly downstream?: () => Promise<void>
}

export interface ReplayProgress {
  /** `reading`: the first pass; `appending`: the second; `waiting`: the log is over half full. */
  readonly phase: 'reading' | 'appending' | 'waiting'
  /** Rows read, or items of the plan appended. */
  readonly done: number
  /** Items of the plan; 0 while reading. */
  readonly total: number
  /** How far history has come, UTC ms. */
  readonly until: number
}

/** Of rows: a row kept counts once, however many observations it makes. */
export interface ReplaySummary extends Counts {
  readonly feed: string
  readonly seconds: number
}

const CHUNK_ITEMS = 3_000
const PAUSE_MS = 200
const MEASURE_EVERY_MS = 250
/** At a measured pace, time moves on at least so often also where history is silent. */
const SAY_EVERY_MS = 1_000

/**
 * Brings files of records into a realm as if their history happened once more: the feeds merged by the time at which each
 * record became known. The order is planned in a first pass; what was appended and how far the plan has come are one
 * transaction, so that a replay which was killed goes on where it stood, when it is asked for again. The same files
 * again bring duplicates only.
 * Errors: the signal's reason when aborted; `Refusal` where a file is missing or has changed; `Retryable`.
 */
export async function replay(host: ReplayHost, request: ReplayRequest): Promise<readonly ReplaySummary[]> {
  const began = host.clock.now()
  const job = await openJob(request.realm, request.feeds, host.files)
  try {
    const { plan, at } = await planOf(host, request, job)
    await runPlan(host, request, job, plan, at)
    await noteWhole(host, request.realm, job)
    await request.downstream?.()
    await forget(host, request.realm, job)
    const seconds = (host.clock.now() - began) / 1000
    return job.feeds.map((feed) => {
      const counts = plan.head.counts[feed]
      if (counts === undefined) throw new Error(`the plan does not count ${feed}`)
      return { feed, ...counts, seconds }
    })
  } finally {
    await job.close()
  }
}

/** The plan that an earlier run has left, and how far it has come; else a new one. */
async function planOf(host: ReplayHost, request: ReplayRequest, job: Job): Promise<{ plan: Plan; at: number }> {
  const stored = await host.files.readPlan(job.id)
  const earlier = stored === undefined ? undefined : decodePlan(stored)
  if (earlier !== undefined) {
    const notes = await host.index.notes(request.realm)
    return { plan: earlier, at: Number(notes[checkpointName(job)] ?? 0) }
  }
  let rows = 0
  const plan = await makePlan({
    realm: request.realm,
    job,
    index: host.index,
    sealer: host.sealer,
    received: host.clock.now(),
    signal: request.signal,
    onRows: (more) => {
      rows += more
      request.onProgress?.({ phase: 'reading', done: rows, total: 0, until: 0 })
    },
  })
  // A checkpoint without its plan is about another plan.
  await forget(host, request.realm, job)
  await host.files.writePlan(job.id, encodePlan(plan))
  return { plan, at: 0 }
}

async function runPlan(host: ReplayHost, request: ReplayRequest, job: Job, plan: Plan, start: number): Promise<void> {
  const { realm, signal, speed } = request
  const { known } = plan.items
  const total = known.length
  const makeChunk = createChunks({ realm, job, plan, index: host.index, bulk: speed === 'full' })
  const pace = createPace(speed, known[start] ?? 0, host.clock.now())
  const gate = createGate(host, realm)
  let time = fromNotes(await host.index.notes(realm))
  let before: Parameters<typeof makeChunk>[0]['before'] = new Map()
  let underWay: Promise<void> = Promise.resolve()
  let lastSaid = host.clock.now()
  let at = start

  function begin(commit: Commit): void {
    underWay = commitWhenThereIsRoom(host, commit)
    // It is awaited below, after the next chunk was made; until then nobody listens.
    underWay.catch(heardBelow)
  }

  try {
    while (at < total) {
      signal.throwIfAborted()
      while (await gate()) {
        request.onProgress?.({ phase: 'waiting', done: at, total, until: known[at] ?? 0 })
        await host.wait(PAUSE_MS)
        signal.throwIfAborted()
      }
      const now = host.clock.now()
      const due = pace.dueUntil(now)
      const to = spanEnd(known, at, CHUNK_ITEMS, due)
      if (to === at) {
        if (now - lastSaid >= SAY_EVERY_MS) {
          await underWay
          time = await say(host, realm, time, declare(time, job.feeds, due, false))
          lastSaid = now
        }
        await host.wait(PAUSE_MS)
        continue
      }
      const checkpoint = { [checkpointName(job)]: String(to) }
      const chunk = await makeChunk({ from: at, to, time, due, before, checkpoint })
      await underWay
      signal.throwIfAborted()
      begin(chunk.commit)
      ;({ time, overlays: before } = chunk)
      at = to
      lastSaid = now
      request.onProgress?.({ phase: 'appending', done: at, total, until: known[at - 1] ?? 0 })
    }
  } finally {
    await underWay
  }
  await say(host, realm, time, close(time, job.feeds, known[total - 1], request.zoneOffsetMinutes))
}

/** The last day is over for each of the feeds; where nothing came, time stays where it was. */
function close(time: RealmTime, feeds: readonly string[], lastKnown: number | undefined, zone: number): RealmTime {
  return declare(time, feeds, lastKnown === undefined ? 0 : nextGrid(lastKnown, DAY_MS, zone), true)
}

async function say(host: ReplayHost, realm: string, before: RealmTime, after: RealmTime): Promise<RealmTime> {
  const progress = unsaid(before, after)
  const batches = createOutgoing(realm).batches(progress)
  if (batches.length > 0) await commitWhenThereIsRoom(host, { realm, batches, marks: [], notes: toNotes(progress) })
  return after
}

/** A full log has appended nothing, so that the same may be tried again; of no other failure is that known. */
async function commitWhenThereIsRoom(host: ReplayHost, commit: Commit): Promise<void> {
  for (;;) {
    try {
      return await host.index.commit(commit)
    } catch (error) {
      if (!(error instanceof Retryable) || error.code !== 'log-full') throw error
      await host.wait(PAUSE_MS)
    }
  }
}

function createGate({ log, heldBound, clock }: ReplayHost, realm: string): () => Promise<boolean> {
  let measured = Number.NEGATIVE_INFINITY
  let pressed = false
  return async () => {
    const now = clock.now()
    if (pressed || now - measured >= MEASURE_EVERY_MS) {
      measured = now
      pressed = (await log.heldBytes('observations', realm)) > heldBound
    }
    return pressed
  }
}

/** Files that were torn before, and of which everything has been appended now. */
async function noteWhole(host: ReplayHost, realm: string, job: Job): Promise<void> {
  const noted = await host.index.notes(realm)
  const whole = job.files.filter(({ torn }) => torn === undefined)
  const notes = whole.map(({ feed, within, beginning }) =>
    wholeNotes(noted, feed.policy.feed, within, beginning(BEGINNING_BYTES)),
  )
  const all: Notes = Object.assign({}, ...notes)
  if (Object.keys(all).length > 0) await host.index.commit({ realm, batches: [], marks: [], notes: all })
}

/** The plan first: a plan without its checkpoint would start over, a checkpoint without its plan is thrown away. */
async function forget(host: ReplayHost, realm: string, job: Job): Promise<void> {
  await host.files.removePlan(job.id)
  const name = checkpointName(job)
  const notes = await host.index.notes(realm)
  if (notes[name] !== undefined) {
    await host.index.commit({ realm, batches: [], marks: [], notes: { [name]: undefined } })
  }
}

function checkpointName(job: Job): string {
  return `replay/${job.id}`
}

function heardBelow(): void {}
