import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refusal, Retryable } from '../../core/errors.ts'
import type { FileSource, FoundFile } from '../../ingest/sources/file-source.ts'

/** A place with files in it, as whoever fills it sees it. */
export interface SourcePlace {
  /** Puts a file there, or another content in its place. Later files are later by the place's own clock. */
  put(name: string, content: Uint8Array): Promise<void>
  /** Opens the source, with what it proves itself with unless that is said to be wrong. */
  open(over?: { readonly wrongSecret?: boolean }): FileSource
  /** Lets so much time pass that what was put there rests. */
  rest(): void
  /** Nobody answers there any more. */
  goAway(): Promise<void>
  stop(): Promise<void>
}

interface Drained {
  readonly files: readonly { readonly name: string; readonly text: string }[]
  readonly cursor: string | undefined
}

export function fileSourceContract(
  what: string,
  build: () => Promise<SourcePlace>,
  { hasSecret = true }: { readonly hasSecret?: boolean } = {},
): void {
  describe(`${what} as a source of files`, () => {
    let place: SourcePlace
    let source: FileSource
    let taken: Set<string>

    beforeEach(async () => {
      place = await build()
      source = place.open()
      taken = new Set()
    })
    afterEach(async () => {
      await source.close()
      await place.stop()
    })

    async function read(file: FoundFile): Promise<Buffer> {
      const pieces: Uint8Array[] = []
      for await (const piece of source.read(file)) pieces.push(piece)
      return Buffer.concat(pieces)
    }

    /** Takes as the taker takes: what it has not had, until there is no more. */
    async function drain(from?: string): Promise<Drained> {
      const files: { name: string; text: string }[] = []
      let cursor = from
      await source.find(cursor)
      place.rest()
      for (let more = true; more; ) {
        const found = await source.find(cursor)
        for (const file of found.files.filter(({ id }) => !taken.has(id))) {
          files.push({ name: file.name, text: (await read(file)).toString() })
          await source.putAway(file, undefined)
          taken.add(file.id)
          cursor = file.cursor
        }
        more = found.more
      }
      return { files, cursor }
    }

    it('has nothing in it where nothing was put', async () => {
      expect((await drain()).files).toEqual([])
    })

    it('gives every file once, the oldest first, byte for byte', async () => {
      const large = Buffer.alloc(700_000, 'fengsui 烽燧\n')
      await place.put('b.csv', Buffer.from('first'))
      await place.put('名 单&+.csv', large)
      await place.put('a.csv', Buffer.from('third'))
      const { files, cursor } = await drain()
      expect(files.map(({ text }) => text)).toEqual(['first', large.toString(), 'third'])
      expect((await drain(cursor)).files).toEqual([])
    })

    it('goes on from its cursor, also when it is opened anew', async () => {
      await place.put('a.csv', Buffer.from('one'))
      const { cursor } = await drain()
      await place.put('b.csv', Buffer.from('two'))
      await source.close()
      source = place.open()
      expect((await drain(cursor)).files.map(({ text }) => text)).toEqual(['two'])
    })

    it('a file that was put there again with another content is another file', async () => {
      await place.put('a.csv', Buffer.from('one'))
      const { cursor } = await drain()
      await place.put('a.csv', Buffer.from('changed'))
      expect((await drain(cursor)).files.map(({ text }) => text)).toEqual(['changed'])
    })

    it('a file that is broken off may be read again', async () => {
      await place.put('a.csv', Buffer.alloc(700_000, 'x'))
      await source.find(undefined)
      place.rest()
      const [file] = (await source.find(undefined)).files
      if (file === undefined) throw new Error('nothing was found')
      for await (const piece of source.read(file)) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
      expect((await read(file)).length).toBe(700_000)
    })

    it('that cannot be reached may be tried again', async () => {
      await place.goAway()
      await expect(source.find(undefined)).rejects.toBeInstanceOf(Retryable)
    })

    it.runIf(hasSecret)('that does not let us in needs a person', async () => {
      await source.close()
      source = place.open({ wrongSecret: true })
      await expect(source.find(undefined)).rejects.toBeInstanceOf(Refusal)
    })
  })
}
