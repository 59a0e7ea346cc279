import type { Counts } from '../../ingest/counts.ts'
import type { Turn } from '../../ingest/feed-turns.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'
import { rowsOf, takeIn } from '../../ingest/take-in.ts'
import { day } from '../support/observations.ts'
import type { Dice } from './dice.ts'
import type { IngestPart } from './parts.ts'
import type { Scheduler } from './scheduler.ts'
import { FIRST_DAY, type Filed, type Story, weekEnd } from './story.ts'

/** What senders were told to be kept: all that anybody can be held to. */
export interface Acknowledged {
  readonly rows: Filed[]
  readonly turns: Turn[]
  /** `feed source line` of rows that nobody can read. */
  readonly unreadable: string[]
  /** Of every request that was answered. */
  readonly counts: Counts[]
}

export interface Senders {
  readonly acknowledged: Acknowledged
  /** All that the story holds has been sent and acknowledged. */
  isDone(): boolean
}

/** An answer that has not come by then is not waited for: the same is sent again. */
const ANSWER_MS = 4_000
const AGAIN_MS = 700
const WEEK_PACE_MS = [500, 4_000] as const
/** Of requests that were answered, so many are sent once more all the same. */
const TWICE = 0.1
const MOST_ROWS = 6
/** Of requests, so many end with a row that is broken off. */
const UNREADABLE = 0.1

export interface SendersOptions {
  readonly story: Story
  readonly feeds: ReadonlyMap<string, CompiledFeed>
  readonly offices: readonly (readonly string[])[]
  readonly door: IngestPart
  readonly scheduler: Scheduler
  readonly dice: Dice
  /** Asked before each answer. */
  readonly lostAnswers: () => boolean
}

export function startSenders({ story, feeds, offices, door, scheduler, dice, lostAnswers }: SendersOptions): Senders {
  const acknowledged: Acknowledged = { rows: [], turns: [], unreadable: [], counts: [] }
  let busy = offices.length
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => scheduler.after(ms, resolve))

  /** Sends until it is answered; one answer may be to the second sending of what the first had brought already. */
  async function insist<Answer>(ask: (door: NonNullable<ReturnType<IngestPart['open']>>) => Promise<Answer>) {
    for (;;) {
      const opened = door.open()
      const answer = opened === undefined ? undefined : await answered(ask(opened))
      if (answer !== undefined) return answer.value
      await sleep(dice.between(50, AGAIN_MS))
    }
  }

  function answered<Answer>(asked: Promise<Answer>): Promise<{ readonly value: Answer } | undefined> {
    return new Promise((resolve) => {
      scheduler.after(ANSWER_MS, () => resolve(undefined))
      asked.then(
        (value) => scheduler.after(dice.between(1, 20), () => resolve(lostAnswers() ? undefined : { value })),
        () => resolve(undefined),
      )
    })
  }

  async function submit(name: string, request: number, filed: readonly Filed[]): Promise<void> {
    const feed = feeds.get(name)
    if (feed === undefined) throw new Error(`there is no feed ${name}`)
    const lines = filed.map(({ row }) => JSON.stringify(row))
    const source = `${name}-${request}`
    if (dice.chance(UNREADABLE)) acknowledged.unreadable.push(`${name} ${source} ${lines.push('{"no":')}`)
    const body = Buffer.from(lines.join('\n'))
    const bulk = dice.chance(0.5)
    async function* chunks() {
      yield body
    }
    const send = () =>
      insist(({ intake }) => {
        const rows = rowsOf(feed.policy, { name: source, chunks }, { format: 'ndjson' })
        return takeIn([rows], { intake, feed, bulk, listed: 10 })
      })
    for (let times = dice.chance(TWICE) ? 2 : 1; times > 0; times--) acknowledged.counts.push((await send()).counts)
    acknowledged.rows.push(...filed)
  }

  /** Each week the rows of all its feeds, in any order; only when all are acknowledged, that the week is complete. */
  async function runOffice(office: readonly string[], begun: Promise<void>): Promise<void> {
    await begun
    const pace = dice.between(...WEEK_PACE_MS)
    let request = 0
    for (let week = 0; week < story.weeks; week++) {
      await sleep(dice.between(0, pace))
      const sent: Promise<void>[] = []
      for (const name of dice.shuffled(office)) {
        const mine = dice.shuffled(story.rows.filter((row) => row.feed === name && row.week === week))
        while (mine.length > 0) {
          sent.push(submit(name, request++, mine.splice(0, dice.between(1, MOST_ROWS))))
          if (dice.chance(0.6)) await Promise.all(sent)
        }
      }
      await Promise.all(sent)
      for (const { feed, to } of story.turns.filter((turn) => office.includes(turn.feed) && turn.week === week)) {
        const turn: Turn = { feed, from: to === 'late' ? 'healthy' : 'late', to }
        await insist(({ intake }) => intake.turn([turn]))
        acknowledged.turns.push(turn)
      }
      await insist(({ intake }) => intake.declare(office, weekEnd(week), false))
    }
    busy -= 1
  }

  // Time begins in all feeds at once: before that a feed that is not heard of yet holds nobody back.
  const begun = insist(({ intake }) => intake.declare(undefined, day(FIRST_DAY), false))
  for (const office of offices) void runOffice(office, begun)
  return { acknowledged, isDone: () => busy === 0 }
}
