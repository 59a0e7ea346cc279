import type { EventLog } from '../../core/event-log.ts'
import type { Head, Notes, RecordIndex } from '../../ingest/record-index.ts'

const HASH = /^[0-9a-f]{16}$/

/** The index for tests: same promises as the others, but for surviving its process. */
export function createMemoryRecordIndex(log: Pick<EventLog, 'append'>): RecordIndex {
  const heads = new Map<string, Head>()
  const contents = new Set<string>()
  const notes = new Map<string, Map<string, string>>()
  const books = new Map<string, Map<string, string>>()

  function write(shelf: Map<string, Map<string, string>>, name: string, texts: Notes): void {
    const page = shelf.get(name) ?? new Map<string, string>()
    shelf.set(name, page)
    for (const [key, text] of Object.entries(texts)) {
      if (text === undefined) page.delete(key)
      else page.set(key, text)
    }
  }

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
      write(notes, commit.realm, commit.notes)
      for (const [book, texts] of Object.entries(commit.books ?? {})) write(books, `${commit.realm} ${book}`, texts)
    },

    isOneStore: true,

    async readBook(realm, book, keys) {
      const page = books.get(`${realm} ${book}`)
      return keys.map((key) => page?.get(key))
    },

    async wholeBook(realm, book) {
      return Object.fromEntries(books.get(`${realm} ${book}`) ?? [])
    },

    async notes(realm) {
      return Object.fromEntries(notes.get(realm) ?? [])
    },

    async close() {},
  }
}
