import type { OutgoingBatch, Progress, Topic } from '../core/event-log.ts'
import { lineBytes } from '../core/line-bytes.ts'
import type { Observation } from '../core/observation.ts'
import { observationLine } from '../core/observation-line.ts'
import type { Reject } from '../core/reject.ts'
import { SHARDS, shardOf } from '../core/shard.ts'

/** Collects the lines of one append, shard by shard. */
export interface Outgoing {
  observe(observation: Observation, bulk: boolean): void
  reject(reject: Reject): void
  /** Where time has advanced, every shard gets to hear it, after its lines; a shard without lines gets a word of its own. */
  batches(progress: readonly Progress[]): readonly OutgoingBatch[]
}

export function createOutgoing(realm: string): Outgoing {
  const live: string[][] = Array.from({ length: SHARDS }, () => [])
  const bulky: string[][] = Array.from({ length: SHARDS }, () => [])
  const rejects: string[] = []

  function batch(topic: Topic, shard: number, lines: readonly string[], bulk: boolean, progress: readonly Progress[]) {
    return { topic, realm, shard, count: lines.length, bytes: lineBytes(lines), progress, bulk }
  }

  return {
    observe(observation, bulk) {
      const lines = (bulk ? bulky : live)[shardOf(observation.subject)]
      lines?.push(observationLine(observation))
    },

    reject(reject) {
      rejects.push(JSON.stringify(reject))
    },

    batches(progress) {
      const all: OutgoingBatch[] = []
      for (let shard = 0; shard < SHARDS; shard++) {
        const history = bulky[shard] ?? []
        const news = live[shard] ?? []
        const toldWithNews = news.length > 0 || history.length === 0
        if (history.length > 0) all.push(batch('observations', shard, history, true, toldWithNews ? [] : progress))
        if (news.length > 0 || (toldWithNews && progress.length > 0)) {
          all.push(batch('observations', shard, news, false, progress))
        }
      }
      if (rejects.length > 0) all.push(batch('rejects', 0, rejects, false, []))
      return all
    },
  }
}

/** The same, with a list of all observations that pass. */
export function hearingOutgoing(outgoing: Outgoing, heard: Observation[]): Outgoing {
  return {
    ...outgoing,
    observe(observation, bulk) {
      heard.push(observation)
      outgoing.observe(observation, bulk)
    },
  }
}
