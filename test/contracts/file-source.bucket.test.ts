import { createBucketSource } from '../../adapters/s3/bucket-source.ts'
import { startBucket } from '../support/bucket.ts'
import { fileSourceContract } from './file-source.contract.ts'

fileSourceContract('a bucket', async () => {
  const bucket = await startBucket('returns')
  bucket.put('elsewhere/x.csv', Buffer.from('not ours'))
  return {
    async put(name, content) {
      bucket.put(`penalties/2026/${name}`, content)
    },
    open: ({ wrongSecret = false } = {}) =>
      createBucketSource({
        endpoint: bucket.url,
        region: 'test',
        bucket: 'returns',
        prefix: 'penalties/',
        secret: wrongSecret ? 'reader:wrong' : bucket.secret,
      }),
    rest: () => undefined,
    goAway: () => bucket.stop(),
    stop: () => bucket.stop(),
  }
})
