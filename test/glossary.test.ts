import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ENVIRONMENT, ROLES } from '../app/config.ts'
import { TOPICS } from '../core/event-log.ts'
import { OBSERVATION_KINDS } from '../core/observation.ts'
import { REJECT_REASONS } from '../core/reject.ts'

const read = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')

describe('the documentation', () => {
  it.each([
    ['kind of observation', OBSERVATION_KINDS],
    ['topic', TOPICS],
    ['reason of a reject', REJECT_REASONS],
    ['role', ROLES],
  ])('explains every %s in the glossary, in Chinese too', (_, words) => {
    const glossary = read('glossary.md')
    for (const word of words) expect(glossary).toMatch(new RegExp(`\`${word}\`[ |]+[\\u4e00-\\u9fff]`))
  })

  it('names every variable of the environment, and none that nothing reads', () => {
    const operations = read('operations.md')
    const named = new Set([...operations.matchAll(/^\| `([A-Z][A-Z0-9_]+)` +\|/gm)].map(([, name]) => name))
    expect([...named].sort()).toEqual(Object.keys(ENVIRONMENT).sort())
  })

  it('names files that exist', () => {
    for (const page of ['glossary.md', 'architecture.md', 'operations.md']) {
      for (const [, path = ''] of read(page).matchAll(
        /`((?:core|inspections|processors|app|test|policies|adapters)\/[\w./-]+\.(?:ts|json|sql))`/g,
      )) {
        expect(() => readFileSync(new URL(`../${path}`, import.meta.url)), `${page}: ${path}`).not.toThrow()
      }
    }
  })
})
