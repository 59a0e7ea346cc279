import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { Refusal, Retryable } from '../../core/errors.ts'
import { type FileServer, serve } from '../../test/support/file-server.ts'
import { createPullSource } from './pull-source.ts'

let server: FileServer

afterEach(() => server.stop())

async function sourceOf(answer: RequestListener, over: { cursorHeader?: string; path?: string } = {}) {
  server = await serve(answer)
  return createPullSource({
    url: `${server.url}${over.path ?? '/returns/list.csv'}`,
    cursorParameter: 'since',
    cursorHeader: over.cursorHeader,
    authorization: undefined,
  })
}

describe('an address that is pulled', () => {
  it('is asked whether something has changed, by its tag or else by its date', async () => {
    const asked: (string | undefined)[] = []
    const source = await sourceOf((request, response) => {
      asked.push(request.headers['if-none-match'])
      if (request.headers['if-none-match'] === '"1"') return response.writeHead(304).end()
      return response.writeHead(200, { etag: '"1"' }).end('a\n1\n')
    })
    const [file] = (await source.find(undefined)).files
    expect(file?.name).toBe('list.csv')
    expect((await source.find(file?.cursor)).files).toEqual([])
    expect(asked).toEqual([undefined, '"1"'])
  })

  it('that has no tag is the same file as long as it says the same', async () => {
    const source = await sourceOf((_, response) => response.end('a\n1\n'))
    const first = (await source.find(undefined)).files[0]
    const second = await source.find(first?.cursor)
    expect(second.files[0]?.id).toBe(first?.id)
    expect(second.more).toBe(false)
  })

  it('points to its next page, which is asked at once; the last one is asked again later', async () => {
    const source = await sourceOf((request, response) => {
      const isLast = request.url?.endsWith('page=2')
      response.setHeader('link', isLast ? '' : '<?page=2>; rel="next", </first>; rel="first"')
      response.end(isLast ? 'two' : 'one')
    })
    const first = await source.find(undefined)
    expect(first.more).toBe(true)
    const second = await source.find(first.files[0]?.cursor)
    const pieces: Uint8Array[] = []
    for (const file of second.files) for await (const piece of source.read(file)) pieces.push(piece)
    expect(Buffer.concat(pieces).toString()).toBe('two')
  })

  it.each<readonly [string, RequestListener, typeof Refusal | typeof Retryable]>([
    [
      'is not followed to another host',
      (_, to) => to.setHeader('link', '<http://else/>; rel="next"').end('x'),
      Refusal,
    ],
    ['is not followed where it redirects', (_, to) => to.writeHead(302, { location: '/other' }).end(), Refusal],
    ['that is not there needs a person', (_, to) => to.writeHead(404).end(), Refusal],
    ['that is unwell is asked again', (_, to) => to.writeHead(502).end(), Retryable],
    [
      'that breaks off is asked again',
      (_, to) => {
        to.writeHead(200, { 'content-length': '100' }).write('x')
        setImmediate(() => to.destroy())
      },
      Retryable,
    ],
  ])('%s', async (_, answer, kind) => {
    const source = await sourceOf(answer)
    await expect(source.find(undefined)).rejects.toBeInstanceOf(kind)
  })

  it('says how long it wants to be left alone', async () => {
    const source = await sourceOf((_, response) => response.writeHead(429, { 'retry-after': '7' }).end())
    await expect(source.find(undefined)).rejects.toMatchObject({ retryAfterMs: 7_000 })
  })

  it('that answers without end is not taken', async () => {
    const source = await sourceOf((_, response) => {
      const piece = Buffer.alloc(1 << 20)
      const pour = (): void => {
        while (!response.destroyed && response.write(piece));
        response.once('drain', pour)
      }
      pour()
    })
    await expect(source.find(undefined)).rejects.toThrow(/page by page/)
  })
})
