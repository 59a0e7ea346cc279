import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsV4Signer } from 'aws4fetch'
import { serve } from './file-server.ts'

const PAGE = 2
const KEYS = { accessKeyId: 'reader', secretAccessKey: 'right' }

interface Stored {
  readonly content: Uint8Array
  readonly modified: number
}

/** As much of an S3 server as a reader needs: signed listing in pages of two, signed reading. */
export async function startBucket(bucket: string) {
  const objects = new Map<string, Stored>()
  let now = Date.UTC(2026, 0, 1)

  async function isSigned(request: IncomingMessage, url: URL): Promise<boolean> {
    const datetime = String(request.headers['x-amz-date'] ?? '')
    const signer = new AwsV4Signer({ ...KEYS, url: url.href, method: 'GET', service: 's3', region: 'test', datetime })
    const { headers } = await signer.sign()
    return headers.get('authorization') === request.headers.authorization
  }

  function list(url: URL): string {
    const prefix = url.searchParams.get('prefix') ?? ''
    const from = Number(url.searchParams.get('continuation-token') ?? 0)
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()
    const page = keys.slice(from, from + PAGE)
    const contents = page.map((key) => {
      const { content, modified } = objects.get(key) ?? { content: Buffer.alloc(0), modified: 0 }
      const tag = createHash('md5').update(content).digest('hex')
      const written = encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
      return `<Contents><Key>${written}</Key><LastModified>${new Date(modified).toISOString()}</LastModified><ETag>&quot;${tag}&quot;</ETag><Size>${content.length}</Size></Contents>`
    })
    const more = from + PAGE < keys.length
    const next = more ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : ''
    return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', server.url)
    if (!(await isSigned(request, url))) response.writeHead(403).end()
    else if (url.pathname === `/${bucket}/`) response.end(list(url))
    else {
      const object = objects.get(decodeURIComponent(url.pathname.slice(bucket.length + 2)))
      if (object === undefined) response.writeHead(404).end()
      else response.end(object.content)
    }
  }

  const server = await serve((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  return {
    url: server.url,
    secret: `${KEYS.accessKeyId}:${KEYS.secretAccessKey}`,
    put(key: string, content: Uint8Array): void {
      now += 1_000
      objects.set(key, { content, modified: now })
    },
    stop: () => server.stop(),
  }
}
