import { AwsClient } from 'aws4fetch'
import { Refusal, Retryable } from '../../core/errors.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { flattenElement } from '../../ingest/decode/xml-record.ts'
import type { FileSource } from '../../ingest/sources/file-source.ts'
import {
  type ListedFile,
  type ListedFound,
  MOST_LISTED,
  newOf,
  pathOf,
  tooManyListed,
} from '../../ingest/sources/listing.ts'
import { bodyOf, fetched } from '../http/fetched.ts'

export interface BucketSourceOptions {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly prefix: string | undefined
  /** `accessKeyId:secretAccessKey`. */
  readonly secret: string
}

interface Page {
  readonly files: readonly ListedFile[]
  readonly next: string | undefined
}

/** How deep the answer of a listing is nested. */
const LISTING_DEPTH = 6

/**
 * Objects of an S3-compatible bucket, addressed by path. Two requests of the protocol are all that is needed, so they are
 * written here on a signer alone: the vendor's client is 13 MB of code. Nothing is ever written to the bucket.
 */
export function createBucketSource(options: BucketSourceOptions): FileSource {
  const { bucket, prefix } = options
  const [accessKeyId = '', secretAccessKey = ''] = options.secret.trim().split(':')
  if (secretAccessKey === '')
    throw new Refusal({
      zh: 'S3 来源的密钥应写作 accessKeyId:secretAccessKey',
      en: 'The secret of an S3 source is accessKeyId:secretAccessKey.',
    })
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: options.region })
  const root = `${options.endpoint.replace(/\/+$/, '')}/${bucket}/`
  let found: readonly ListedFound[] = []

  async function get(address: string): Promise<Response> {
    const { url, headers } = await client.sign(address)
    return fetched(new URL(url), { headers })
  }

  async function listPage(token: string | undefined): Promise<Page> {
    const url = new URL(root)
    url.searchParams.set('list-type', '2')
    url.searchParams.set('encoding-type', 'url')
    if (prefix !== undefined) url.searchParams.set('prefix', prefix)
    if (token !== undefined) url.searchParams.set('continuation-token', token)
    const response = await get(url.href)
    try {
      return readPage(await response.text())
    } catch (error) {
      if (error instanceof TypeError)
        throw new Retryable('source-unreachable', `${url.host} broke off`, { cause: error })
      throw error
    }
  }

  return {
    async find(cursor) {
      const listed: ListedFile[] = []
      let token: string | undefined
      do {
        const page = await listPage(token)
        listed.push(...page.files)
        if (listed.length > MOST_LISTED) throw tooManyListed(`the bucket ${bucket}`)
        token = page.next
      } while (token !== undefined)
      found = newOf(listed, cursor)
      return { files: found, more: false }
    },

    async *read(file) {
      const path = pathOf(found, file).split('/').map(encodeURIComponent).join('/')
      yield* bodyOf(await get(root + path), bucket)
    },

    async putAway() {},

    async close() {},
  }
}

function readPage(text: string): Page {
  const flat = flattenElement(text, LISTING_DEPTH)
  if (flat.error !== undefined) throw new Retryable('source-unreachable', `a listing cannot be read: ${flat.hint.en}`)
  const policy = { format: 'xml', required: ['Key', 'LastModified'], recordElement: 'Contents' } as const
  const rows = flat.fields['Contents.Key'] === undefined ? [] : readRows(policy, Buffer.from(text))
  const files = rows.map((row) => {
    if (row.fields === undefined) throw new Retryable('source-unreachable', `a listing cannot be read: ${row.hint.en}`)
    const { Key = '', LastModified = '', ETag = '', Size = '' } = row.fields
    const path = decodeURIComponent(Key.replaceAll('+', '%20'))
    return { path, version: `${ETag} ${Size}`, modified: Date.parse(LastModified) || 0 }
  })
  return { files, next: flat.fields.IsTruncated === 'true' ? flat.fields.NextContinuationToken : undefined }
}
