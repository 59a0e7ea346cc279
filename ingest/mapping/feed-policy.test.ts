import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { validateFeedPolicy } from './feed-policy.ts'
import { type CodeTables, validateCodeTable } from './named-tables.ts'

const feeds = readdirSync('policies', { recursive: true, encoding: 'utf8' }).filter((path) =>
  /\/feeds\/.*\.json$/.test(path),
)

function tablesOf(feed: string): CodeTables {
  const folder = join('policies', dirname(dirname(feed)), 'tables')
  const files = existsSync(folder) ? readdirSync(folder) : []
  const read = (file: string) => validateCodeTable(JSON.parse(readFileSync(join(folder, file), 'utf8')))
  return Object.fromEntries(files.map((file) => [basename(file, '.json'), read(file)]))
}

test.each(feeds)('the mapping that comes with the product compiles, and its file bears its name: %s', (path) => {
  const policy = validateFeedPolicy(JSON.parse(readFileSync(`policies/${path}`, 'utf8')), tablesOf(path))
  expect(path.endsWith(`/feeds/${policy.feed}.json`)).toBe(true)
})
