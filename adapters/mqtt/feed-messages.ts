import type { FeedFormat } from '../../core/feed-policy.ts'
import type { Clock } from '../../core/time.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'
import { createSparkplugSessions, type SparkplugTaken } from '../../ingest/sparkplug-sessions.ts'
import { createTopicReader, sourceOf } from './topic-row.ts'

/** Makes rows of the messages of one feed, in the order in which a connection brings them; they say where they come from. */
export type ReadMessage = (topic: string, payload: Buffer) => SparkplugTaken

const FORMATS: ReadonlySet<FeedFormat> = new Set(['csv', 'ndjson', 'json', 'sparkplug'])

/** A feed of frames or documents has a door of its own, which drops what must not come in: read as JSON it would. */
export function comesOverMqtt({ policy }: CompiledFeed): boolean {
  return FORMATS.has(policy.format)
}

/** By the feed's format: Sparkplug B with the sessions of its edge nodes, else JSON with what the topic names. */
export function readerOf(feed: CompiledFeed, clock: Clock): ReadMessage {
  if (feed.policy.format !== 'sparkplug') {
    const read = createTopicReader(feed)
    return (topic, payload) => ({ rows: read(topic, payload) })
  }
  const sessions = createSparkplugSessions()
  return (topic, payload) => {
    const taken = sessions.take(topic, payload, clock.now())
    const source = sourceOf(topic)
    return { ...taken, rows: taken.rows.map((row) => ({ ...row, source })) }
  }
}
