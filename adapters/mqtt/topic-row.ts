import type { Row } from '../../ingest/decode/row.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'

/** What the levels of a topic name, after `reg/v1`. */
const LEVELS = ['region', 'subject', 'device', 'metric'] as const
const TOPIC = /^reg\/v1\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/

/**
 * Rows of one message: the payload's fields (`{"t": ms, "v": number, "q": "N"}`, one JSON object, or several, one a
 * line) and what the topic names. What cannot be read becomes a row that says so: it is rejected, not lost.
 */
export function rowsOfMessage(feed: CompiledFeed, topic: string, payload: Uint8Array): Row[] {
  const named = TOPIC.exec(topic)
  if (named === null) {
    const hint = 'topic: reg/v1/{region}/{subject}/{device}/{metric}'
    return [{ line: 1, offset: 0, raw: payload, error: 'wrong-columns', hint }]
  }
  const ofTopic: Record<string, string> = {}
  LEVELS.forEach((level, i) => {
    ofTopic[level] = named[i + 1] ?? ''
  })
  const rows = readRows({ format: 'ndjson', required: [] }, payload)
  if (rows.length === 0)
    return [{ line: 1, offset: 0, raw: payload, error: 'unreadable-line', hint: 'no JSON object', around: ofTopic }]
  return rows.map((row): Row => {
    if (row.fields === undefined) return { ...row, around: ofTopic }
    const fields = { ...row.fields, ...ofTopic }
    const missing = feed.policy.required.filter((column) => !Object.hasOwn(fields, column))
    if (missing.length > 0) {
      const { line, offset, raw } = row
      return { line, offset, raw, error: 'wrong-columns', hint: `missing: ${missing.join(', ')}`, around: ofTopic }
    }
    return { ...row, fields, around: ofTopic, columns: columnsWith(row.columns) }
  })
}

function columnsWith(columns: readonly string[]): readonly string[] {
  return [...new Set([...columns, ...LEVELS])]
}
