import type { Row } from '../../ingest/decode/row.ts'
import { createBodyReader } from '../../ingest/decode/row-reader.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'

/** What the levels of a topic name, after `reg/v1`. */
const LEVELS = ['region', 'subject', 'device', 'metric'] as const
const TOPIC = /^reg\/v1\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/

/**
 * Rows of one message: the payload's fields (`{"t": ms, "v": number, "q": "N"}`, one JSON object, or several, one a
 * line) and what the topic names. What cannot be read becomes a row that says so: it is rejected, not lost.
 */
export function createTopicReader(feed: CompiledFeed): (topic: string, payload: Buffer) => Row[] {
  const { required } = feed.policy
  const readBody = createBodyReader({ format: 'ndjson', required: [] })
  /** Of the message before: devices say the same columns again and again. */
  let ofPayload: readonly string[] = []
  let ofRow: readonly string[] = []

  function columnsWith(columns: readonly string[]): readonly string[] {
    if (columns !== ofPayload) {
      ofPayload = columns
      ofRow = [...new Set([...columns, ...LEVELS])]
    }
    return ofRow
  }

  return function readMessage(topic, payload) {
    const named = TOPIC.exec(topic)
    if (named === null) {
      const hint = {
        zh: '主题应为 reg/v1/{region}/{subject}/{device}/{metric}',
        en: 'topic: reg/v1/{region}/{subject}/{device}/{metric}',
      }
      return [{ line: 1, offset: 0, raw: payload, error: 'wrong-columns', hint }]
    }
    const [, region = '', subject = '', device = '', metric = ''] = named
    const around = { region, subject, device, metric }
    const rows = readBody(payload)
    if (rows.length === 0) {
      return [
        {
          line: 1,
          offset: 0,
          raw: payload,
          error: 'unreadable-line',
          hint: { zh: '不是 JSON 对象', en: 'no JSON object' },
          around,
        },
      ]
    }
    return rows.map((row): Row => {
      if (row.fields === undefined) return { ...row, around }
      const { line, offset, raw } = row
      const fields: Record<string, string> = {}
      for (const column of row.columns) fields[column] = row.fields[column] ?? ''
      Object.assign(fields, around)
      if (!required.every((column) => Object.hasOwn(fields, column))) {
        const missing = required.filter((column) => !Object.hasOwn(fields, column))
        return {
          line,
          offset,
          raw,
          error: 'wrong-columns',
          hint: { zh: `缺少 ${missing.join('、')}`, en: `missing: ${missing.join(', ')}` },
          around,
        }
      }
      return { line, offset, raw, columns: columnsWith(row.columns), fields, around }
    })
  }
}
