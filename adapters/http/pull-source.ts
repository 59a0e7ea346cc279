import { Refusal } from '../../core/errors.ts'
import { fullHash } from '../../core/hash.ts'
import type { FileSource, FoundFile } from '../../ingest/sources/file-source.ts'
import { bodyOf, fetched } from './fetched.ts'

export interface PullSourceOptions {
  readonly url: string
  readonly cursorParameter: string | undefined
  readonly cursorHeader: string | undefined
  /** The whole header: `Bearer …` or `Basic …`. */
  readonly authorization: string | undefined
}

/** An answer is held until its rows are durable. */
export const MOST_ANSWER_BYTES = 64 * 1024 * 1024

/** What is remembered between two looks. */
interface Place {
  /** What the source said to go on from. */
  readonly at?: string
  /** The next page that the source pointed to. */
  readonly next?: string
  /** What the last answer of an address was: an unchanged one need not be sent again. */
  readonly tag?: string
  readonly modified?: string
  readonly of?: string
}

interface Held {
  readonly file: FoundFile
  readonly body: Buffer
}

/**
 * An address that is asked for what is new. Where the answer says from where on to ask, that goes into the next question;
 * where it has an ETag or a date, the next question is conditional.
 */
export function createPullSource(options: PullSourceOptions): FileSource {
  const base = new URL(options.url)
  let held: Held | undefined

  function addressOf(place: Place): URL {
    if (place.next !== undefined) return new URL(place.next)
    const url = new URL(base)
    if (options.cursorParameter !== undefined && place.at !== undefined) {
      url.searchParams.set(options.cursorParameter, place.at)
    }
    return url
  }

  function placeAfter(before: Place, url: URL, { headers }: Response): Place {
    const said = options.cursorHeader === undefined ? undefined : (headers.get(options.cursorHeader) ?? undefined)
    const next = options.cursorHeader === undefined ? nextPage(headers.get('link'), url) : undefined
    if (next !== undefined && next.origin !== base.origin) {
      throw new Refusal({
        zh: `${base.host} 的下一页指向 ${next.host},不会带着密钥去访问`,
        en: `${base.host} points to ${next.host} for its next page: that is not asked with its secret.`,
      })
    }
    const at = said ?? before.at
    const tag = headers.get('etag')
    const modified = headers.get('last-modified')
    return {
      ...(at === undefined ? {} : { at }),
      ...(next === undefined ? {} : { next: next.href }),
      ...(tag === null ? {} : { tag }),
      ...(modified === null ? {} : { modified }),
      of: url.href,
    }
  }

  return {
    async find(cursor) {
      held = undefined
      const before: Place = cursor === undefined ? {} : JSON.parse(cursor)
      const url = addressOf(before)
      const response = await fetched(url, { headers: questionHeaders(options, before, url) })
      const body = response.status === 304 ? Buffer.alloc(0) : await bounded(response, url)
      if (body.length === 0) return { files: [], more: false }
      const after = placeAfter(before, url, response)
      const name = url.pathname.split('/').at(-1) || url.host
      // The same answer to the same question is the same file, whatever its headers say.
      const file = { id: fullHash(`${url.href}\n${fullHash(body)}`), name, cursor: JSON.stringify(after) }
      held = { file, body }
      return { files: [file], more: addressOf(after).href !== url.href }
    },

    async *read(file) {
      if (held?.file.id !== file.id) throw new Error('only what was found last can be read')
      yield held.body
    },

    async putAway() {
      held = undefined
    },

    async close() {},
  }
}

function questionHeaders({ authorization }: PullSourceOptions, before: Place, url: URL): Record<string, string> {
  const headers: Record<string, string> = {}
  if (authorization !== undefined) headers.authorization = authorization
  if (before.of !== url.href) return headers
  if (before.tag !== undefined) headers['if-none-match'] = before.tag
  else if (before.modified !== undefined) headers['if-modified-since'] = before.modified
  return headers
}

async function bounded(response: Response, url: URL): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of bodyOf(response, url.host)) {
    bytes += piece.length
    if (bytes > MOST_ANSWER_BYTES) {
      throw new Refusal({
        zh: `${url.host} 的回答超过 ${MOST_ANSWER_BYTES} 字节,请让它分页回答`,
        en: `${url.host} answers with more than ${MOST_ANSWER_BYTES} bytes: have it answer page by page.`,
      })
    }
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** RFC 8288: `<https://…>; rel="next"`. */
function nextPage(link: string | null, url: URL): URL | undefined {
  const target = /<([^>]*)>\s*(?:;[^,]*)?;\s*rel="?next"?/i.exec(link ?? '')?.[1]
  return target === undefined ? undefined : new URL(target, url)
}
