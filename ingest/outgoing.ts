import type { OutgoingBatch, Progress, Topic } from '../core/event-log.ts'
import { createLineWriter, joinLines, type Lines } from '../core/line-bytes.ts'
import type { Observation } from '../core/observation.ts'
import { observationLine } from '../core/observation-line.ts'
import type { Reject } from '../core/reject.ts'
import { SHARDS, shardOf } from '../core/shard.ts'

/** Collects the lines of one append, shard by shard. */
export interface Outgoing {
  observe(observation: Observation, bulk: boolean): void
  /** Lines of observations about one subject. */
  append(subject: string, lines: Lines, bulk: boolean): void
  reject(reject: Reject): void
  /** Where time has advanced, every shard gets to hear it, after its lines; a shard without lines gets a word of its own. */
  batches(progress: readonly Progress[]): readonly OutgoingBatch[]
}

export function createOutgoing(realm: string): Outgoing {
  const live: Lines[][] = Array.from({ length: SHARDS }, () => [])
  const bulky: Lines[][] = Array.from({ length: SHARDS }, () => [])
  const rejects: Lines[] = []
  const write = createLineWriter()

  function batch(topic: Topic, shard: number, lines: readonly Lines[], bulk: boolean, progress: readonly Progress[]) {
    let count = 0
    for (const each of lines) count += each.count
    return { topic, realm, shard, count, bytes: joinLines(lines), progress, bulk }
  }

  function append(subject: string, lines: Lines, bulk: boolean): void {
    const shards = bulk ? bulky : live
    shards[shardOf(subject)]?.push(lines)
  }

  return {
    append,

    observe(observation, bulk) {
      append(observation.subject, write(`${observationLine(observation)}\n`, 1), bulk)
    },

    reject(reject) {
      rejects.push(write(`${JSON.stringify(reject)}\n`, 1))
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

/** The same, with a list of all observations that pass one by one. */
export function hearingOutgoing(outgoing: Outgoing, heard: Observation[]): Outgoing {
  return {
    ...outgoing,
    observe(observation, bulk) {
      heard.push(observation)
      outgoing.observe(observation, bulk)
    },
  }
}
