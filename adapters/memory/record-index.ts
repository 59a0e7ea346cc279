import type { EventLog } from '../../core/event-log.ts'
import type { Head, RecordIndex } from '../../ingest/record-index.ts'

const HASH = /^[0-9a-f]{16}$/

/** The index for tests: same promises as the others, but for surviving its process. */
export function createMemoryRecordIndex(log: Pick<EventLog, 'append'>): RecordIndex {
  const heads = new Map<string, Head>()
  const contents = new Set<string>()
  const notes = new Map<string, Map<string, string>>()

  return {
    async lookUp(realm, feed, keys) {
      return keys.map(({ record, content }) => {
        if (!HASH.test(record) || !HASH.test(content)) throw new RangeError('records are named by 16 hex digits')
        const name = JSON.stringify([realm, feed, record])
        return contents.has(`${name}${content}`) ? 'same' : heads.get(name)
      })
    },

    async commit(commit) {
      if (commit.batches.length > 0) await log.append(commit.batches)
      for (const mark of commit.marks) {
        const name = JSON.stringify([commit.realm, mark.feed, mark.record])
        if (mark.head !== undefined) heads.set(name, mark.head)
        contents.add(`${name}${mark.head?.content ?? mark.other}`)
      }
      const ofRealm = notes.get(commit.realm) ?? new Map<string, string>()
      notes.set(commit.realm, ofRealm)
      for (const [name, text] of Object.entries(commit.notes)) {
        if (text === undefined) ofRealm.delete(name)
        else ofRealm.set(name, text)
      }
    },

    async notes(realm) {
      return Object.fromEntries(notes.get(realm) ?? [])
    },

    async close() {},
  }
}
