import type { EventLog, OutgoingBatch } from '../core/event-log.ts'
import type { Observation } from '../core/observation.ts'
import type { Clock } from '../core/time.ts'
import { createCommitGroups } from './commit-groups.ts'
import { standingsFrom, type Turn, turnDecisions, turnNotes, withTurns } from './feed-turns.ts'
import { type Arrival, type ArrivalReceipt, decideArrivals, type FreshRows, mapArrival } from './ingest-batch.ts'
import type { Exclusive, RealmIntake, Submission } from './intake-port.ts'
import { createLogPressure } from './log-pressure.ts'
import { type Asked, createLookAhead } from './look-ahead.ts'
import { createOutgoing, hearingOutgoing, type Outgoing } from './outgoing.ts'
import { createPacker } from './packed-row.ts'
import {
  arrive,
  completeUntil,
  declare,
  elapse,
  fromNotes,
  type LiveRule,
  type RealmTime,
  toNotes,
  unsaid,
} from './progress.ts'
import type { Books, Notes, RecordIndex } from './record-index.ts'
import type { References } from './references.ts'
import type { Sealer } from './sealed-bytes.ts'

export interface RealmIntakeOptions {
  readonly realm: string
  /** All feeds of the realm's policy: in a live realm, time passes in each of them. */
  readonly feeds: readonly string[]
  /** For a realm on live time; `undefined` on event time. */
  readonly live: LiveRule | undefined
  readonly index: RecordIndex
  readonly log: Pick<EventLog, 'heldBytes'>
  /** Bytes of observations, or of rejects, held by the log over which nothing new is taken: half of its own bound. */
  readonly heldBound: number
  readonly clock: Clock
  readonly sealer: Sealer
  /** What rows are resolved by; without it each is about the subject that it names. */
  readonly references?: References
  /** Hears of every arrival that has become durable: for health and metrics. */
  readonly onCommitted?: (arrival: Arrival, receipt: ArrivalReceipt, fresh: FreshRows) => void
}

/** A group is what arrived while the one before was made durable, up to so many rows. */
const GROUP_ROWS = 5_000
const SAY_EVERY_MS = 1_000

type Waiting = {
  readonly change: (time: RealmTime, now: number) => RealmTime
  readonly sayAtOnce: boolean
  readonly asked?: Asked
  /** Has a group to itself. */
  readonly alone?: () => Promise<void>
  readonly turns?: readonly Turn[]
  /** Time has come so far by what other processes have said, too: no turn may lie before it. */
  readonly notBefore?: number
  readonly notes?: Notes
}

export async function openRealmIntake(options: RealmIntakeOptions): Promise<RealmIntake> {
  const { realm, index, clock, live, sealer, references } = options
  let time = fromNotes(await index.notes(realm))
  let said: RealmTime = time
  let lastSaid = Number.NEGATIVE_INFINITY
  const pressure = createLogPressure(options)
  const ahead = createLookAhead(index)
  const pack = createPacker()
  const groups = createCommitGroups<Waiting, ArrivalReceipt | undefined>({
    sizeOf: ({ asked }) => asked?.arrival.rows.length ?? 0,
    most: GROUP_ROWS,
    isAlone: ({ alone }) => alone !== undefined,
    ready: async ({ asked }) => asked?.answer.catch(() => undefined),
    async commit(group) {
      try {
        await group[0]?.alone?.()
        return await commitGroup(group)
      } catch (error) {
        ahead.forget()
        throw error
      }
    },
  })

  async function commitGroup(group: readonly Waiting[]): Promise<readonly (ArrivalReceipt | undefined)[]> {
    const asked = group.flatMap((entry) => entry.asked ?? [])
    const looked = await ahead.looked(asked)
    const arrived = asked.map(({ arrival }) => arrival)
    const now = clock.now()
    await learnOfOthers(arrived)
    const arrivals = references === undefined ? arrived : await references.resolve(arrived)
    const outgoing = createOutgoing(realm)
    const heard: Observation[] = []
    const decided = decideArrivals(arrivals, looked, hearing(outgoing, arrivals, heard), sealer)
    const books: Books = heard.length === 0 || references === undefined ? {} : await references.learn(heard, now)
    let next = time
    for (const [feed, known] of newestOf(arrivals, decided.receipts)) next = arrive(next, feed, known, now, live)
    for (const { change } of group) next = change(next, now)

    const isDue = live === undefined || now - lastSaid >= (live.sayEveryMs ?? SAY_EVERY_MS)
    const sayNow = isDue || group.some(({ sayAtOnce }) => sayAtOnce)
    const news = sayNow ? unsaid(said, next) : []
    const turns = group.flatMap((entry) => entry.turns ?? [])
    const turnedAt = Math.max(
      live === undefined ? 0 : now,
      completeUntil(next),
      ...group.map(({ notBefore = 0 }) => notBefore),
    )
    const progress = withTurns(news, turns, next, turnedAt)
    const batches: readonly OutgoingBatch[] = [...outgoing.batches(progress), ...turnDecisions(realm, turns, turnedAt)]
    const notes: Notes = Object.assign(
      { ...toNotes(news), ...turnNotes(turns, turnedAt) },
      ...group.map((entry) => entry.notes),
    )
    if (batches.length > 0 || decided.marks.length > 0 || Object.keys(notes).length > 0) {
      ahead.decided(decided.overlays)
      await index.commit({ realm, batches, marks: decided.marks, notes, books })
      ahead.durable()
    }
    time = next
    if (progress.length > 0) {
      said = next
      lastSaid = now
    }
    let at = 0
    return group.map((entry) => {
      if (entry.asked === undefined) return undefined
      const receipt = decided.receipts[at]
      if (receipt !== undefined) options.onCommitted?.(entry.asked.arrival, receipt, decided.fresh[at] ?? [])
      at++
      return receipt
    })
  }

  /** Where an arrival may say something that later rows are resolved by, what is admitted is heard too. */
  function hearing(outgoing: Outgoing, arrivals: readonly Arrival[], heard: Observation[]): Outgoing {
    if (!arrivals.some(({ feed }) => references?.teaches(feed.policy.feed) === true)) return outgoing
    return hearingOutgoing(outgoing, heard)
  }

  function arriving({ notes, ...submission }: Submission): Waiting {
    const isOpen = references?.concerns(submission.feed.policy.feed) === true
    const arrival = mapArrival({ ...submission, realm, received: clock.now() }, isOpen ? undefined : pack)
    const noted = notes === undefined ? {} : { notes }
    return { asked: ahead.ask(arrival), change: unchanged, sayAtOnce: submission.bulk, ...noted }
  }

  /** A replay of the same realm may have brought a feed on in another process. */
  async function learnOfOthers(arrivals: readonly Arrival[]): Promise<void> {
    if (arrivals.every(({ feed }) => time.has(feed.policy.feed))) return
    const stored = fromNotes(await index.notes(realm))
    for (const [feed, feedTime] of stored) {
      if (time.has(feed)) continue
      time = new Map(time).set(feed, feedTime)
      said = new Map(said).set(feed, feedTime)
    }
  }

  return {
    submit: (submission) => receiptOf(groups.add(arriving(submission))),

    async declare(feeds, until, closed) {
      const named = feeds ?? options.feeds
      await groups.add({ change: (before) => declare(before, named, until, closed), sayAtOnce: true })
    },

    async exclusively<Result>(work: () => Promise<Exclusive<Result>>): Promise<Result> {
      let done: { readonly result: Result } | undefined
      const alone = async () => {
        const { commit, committed, result } = await work()
        if (commit !== undefined) await index.commit({ realm, notes: {}, ...commit })
        ahead.forget()
        committed?.()
        done = { result }
      }
      await groups.add({ alone, change: unchanged, sayAtOnce: false })
      if (done === undefined) throw new Error('work that was answered and not done')
      return done.result
    },

    async turn(turns) {
      const notes = await index.notes(realm)
      const held = standingsFrom(notes)
      const news = turns.filter(({ feed, to }) => held.get(feed)?.state !== to)
      if (news.length === 0) return
      // A feed never turns twice at one instant: folds would not know which of the two is so.
      const after = news.map(({ feed }) => (held.get(feed)?.at ?? -1) + 1)
      const notBefore = Math.max(completeUntil(fromNotes(notes)), ...after)
      await groups.add({ change: unchanged, sayAtOnce: true, turns: news, notBefore })
    },

    async standings() {
      return standingsFrom(await index.notes(realm))
    },

    async elapse() {
      if (live === undefined) return
      await groups.add({ change: (before, now) => elapse(before, options.feeds, now, live), sayAtOnce: false })
    },

    async completeUntil() {
      return completeUntil(fromNotes(await index.notes(realm)))
    },

    isPressed: pressure.isPressed,
    settled: groups.settled,
  }
}

/** By feed, the latest `known` of what was admitted of it. */
function newestOf(arrivals: readonly Arrival[], receipts: readonly ArrivalReceipt[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>()
  arrivals.forEach(({ feed }, i) => {
    const known = receipts[i]?.known ?? 0
    if (known > (newest.get(feed.policy.feed) ?? 0)) newest.set(feed.policy.feed, known)
  })
  return newest
}

/** Apart from where rows are mapped: whoever waits here would keep them alive. */
async function receiptOf(committed: Promise<ArrivalReceipt | undefined>): Promise<ArrivalReceipt> {
  const receipt = await committed
  if (receipt === undefined) throw new Error('an arrival without its receipt')
  return receipt
}

function unchanged(time: RealmTime): RealmTime {
  return time
}
