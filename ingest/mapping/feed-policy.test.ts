import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { validateFeedPolicy } from './feed-policy.ts'

const feeds = readdirSync('policies', { recursive: true, encoding: 'utf8' }).filter((path) =>
  /\/feeds\/.*\.json$/.test(path),
)

test.each(feeds)('the mapping that comes with the product compiles, and its file bears its name: %s', (path) => {
  const policy = validateFeedPolicy(JSON.parse(readFileSync(`policies/${path}`, 'utf8')))
  expect(path.endsWith(`/feeds/${policy.feed}.json`)).toBe(true)
})
