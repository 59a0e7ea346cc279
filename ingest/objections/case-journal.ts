import type { Decision } from '../../core/decision.ts'
import type { EventLog, OutgoingBatch } from '../../core/event-log.ts'
import type { History } from '../../core/history.ts'
import type { Observation } from '../../core/observation.ts'
import { observationLine } from '../../core/observation-line.ts'
import { shardOf } from '../../core/shard.ts'

const POLL_MS = 1_000
const POLL_BYTES = 8_000_000

/** Steps of one kind of case (objections, repairs, ends of display), as entries of the log. */
export interface CaseJournal<Step extends Decision> {
  /** The step, and what it means for the enterprise's risk, in one append: durable together when it resolves. */
  append(step: Step, observations?: readonly Observation[]): Promise<void>
  /** The same of several steps of a realm. */
  appendAll(realm: string, steps: readonly Step[], observations: readonly Observation[]): Promise<void>
  /** Every step of a realm in the order of the log; what the log no longer holds comes from the history. */
  steps(realm: string): Promise<readonly Step[]>
}

export function createCaseJournal<Step extends Decision>(
  log: EventLog,
  history: History,
  type: Step['type'],
): CaseJournal<Step> {
  const isStep = (decision: Decision): decision is Step => decision.type === type

  async function fromHistory(realm: string): Promise<readonly Step[]> {
    const rows = await history.query<{ readonly body: string }>(
      'SELECT body FROM decisions FINAL WHERE realm = {realm:String} AND type = {type:String} ORDER BY at, id',
      { realm, type },
    )
    return rows.map(({ body }) => JSON.parse(body) as Step)
  }

  async function fromLog(realm: string): Promise<readonly Step[]> {
    const end = (await log.ends('decisions', realm)).get(0)
    if (end === undefined) return []
    const reader = await log.reader({ topic: 'decisions', realm, shards: [0], after: new Map(), maxBytes: POLL_BYTES })
    const found: Step[] = []
    try {
      for (let position = ''; position < end; ) {
        const batches = await reader.poll(POLL_MS)
        if (batches.length === 0) break
        for (const batch of batches) {
          position = batch.position
          for (const line of Buffer.from(batch.bytes).toString('utf8').split('\n')) {
            if (line === '') continue
            const decision = JSON.parse(line) as Decision
            if (isStep(decision)) found.push(decision)
          }
        }
      }
    } finally {
      await reader.close()
    }
    return found
  }

  async function appendAll(realm: string, steps: readonly Step[], observations: readonly Observation[]): Promise<void> {
    const lines = steps.map((step) => JSON.stringify(step))
    await log.append([batchOf('decisions', realm, 0, lines), ...shardBatches(realm, observations)])
  }

  return {
    append: (step, observations = []) => appendAll(step.realm, [step], observations),
    appendAll,

    async steps(realm) {
      const [held, logged] = await Promise.all([fromHistory(realm), fromLog(realm)])
      const seen = new Set(logged.map(({ id }) => id))
      return [...held.filter(({ id }) => !seen.has(id)), ...logged]
    },
  }
}

function shardBatches(realm: string, observations: readonly Observation[]): OutgoingBatch[] {
  const byShard = new Map<number, Observation[]>()
  for (const observation of observations) {
    const shard = shardOf(observation.subject)
    byShard.set(shard, [...(byShard.get(shard) ?? []), observation])
  }
  return [...byShard].map(([shard, own]) => batchOf('observations', realm, shard, own.map(observationLine)))
}

function batchOf(topic: OutgoingBatch['topic'], realm: string, shard: number, lines: readonly string[]): OutgoingBatch {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  return { topic, realm, shard, count: lines.length, bytes, progress: [], bulk: false }
}
