import type { Row } from '../../ingest/decode/row.ts'
import { createBodyReader } from '../../ingest/decode/row-reader.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'

/** What the levels of a topic name, after `reg/v1`. */
const LEVELS = ['region', 'subject', 'device', 'metric'] as const
const TOPIC = /^reg\/v1\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/
/** Some 500 bytes each: 10 MB. */
const TOPICS_KEPT = 20_000

type Around = Readonly<Record<(typeof LEVELS)[number], string>>

/** What a topic says, read once: a device sends on its topics again and again. */
interface Named {
  readonly source: string
  /** `undefined` where the topic is not of the form. */
  readonly around: Around | undefined
}

/** The columns of rows that share them. */
interface Columns {
  readonly ofPayload: readonly string[]
  readonly ofRow: readonly string[]
  readonly missing: readonly string[]
}

/** Where rows of a topic come from. */
export function sourceOf(topic: string): string {
  return `mqtt:${topic}`
}

/**
 * Rows of one message: the payload's fields (`{"t": ms, "v": number, "q": "N"}`, one JSON object, or several, one a
 * line) and what the topic names. What cannot be read becomes a row that says so: it is rejected, not lost.
 */
export function createTopicReader(feed: CompiledFeed): (topic: string, payload: Buffer) => Row[] {
  const { required } = feed.policy
  const readBody = createBodyReader({ format: 'ndjson', required: [] })
  const topics = new Map<string, Named>()
  /** Of the message before: devices say the same columns again and again. */
  let known: Columns = columnsWith([])

  function named(topic: string): Named {
    const before = topics.get(topic)
    if (before !== undefined) return before
    const found = TOPIC.exec(topic)
    const [, region = '', subject = '', device = '', metric = ''] = found ?? []
    const around = found === null ? undefined : { region, subject, device, metric }
    const read = { source: sourceOf(topic), around }
    if (topics.size >= TOPICS_KEPT) topics.clear()
    topics.set(topic, read)
    return read
  }

  function columnsWith(ofPayload: readonly string[]): Columns {
    const ofRow = [...new Set([...ofPayload, ...LEVELS])]
    return { ofPayload, ofRow, missing: required.filter((column) => !ofRow.includes(column)) }
  }

  return function readMessage(topic, payload) {
    const { source, around } = named(topic)
    if (around === undefined) {
      const hint = {
        zh: '主题应为 reg/v1/{region}/{subject}/{device}/{metric}',
        en: 'topic: reg/v1/{region}/{subject}/{device}/{metric}',
      }
      return [{ line: 1, offset: 0, raw: payload, error: 'wrong-columns', hint, source }]
    }
    const rows = readBody(payload)
    if (rows.length === 0) {
      const hint = { zh: '不是 JSON 对象', en: 'no JSON object' }
      return [{ line: 1, offset: 0, raw: payload, error: 'unreadable-line', hint, around, source }]
    }
    return rows.map((row): Row => {
      if (row.fields === undefined) return { ...row, around, source }
      const { line, offset, raw, columns, fields } = row
      if (columns !== known.ofPayload) known = columnsWith(columns)
      const { ofRow, missing } = known
      if (missing.length > 0) {
        const hint = { zh: `缺少 ${missing.join('、')}`, en: `missing: ${missing.join(', ')}` }
        return { line, offset, raw, error: 'wrong-columns', hint, around, source }
      }
      return { line, offset, raw, columns: ofRow, fields: withLevels(fields, around), around, source }
    })
  }
}

/** Into the fields themselves, which are nobody else's: a copy would cost as much as reading them. */
function withLevels(fields: Record<string, string>, around: Around): Readonly<Record<string, string>> {
  fields.region = around.region
  fields.subject = around.subject
  fields.device = around.device
  fields.metric = around.metric
  return fields
}
