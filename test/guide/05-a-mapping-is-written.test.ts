import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Take, When } from '../../core/feed-policy.ts'
import { compileStrict } from '../../ingest/mapping/strict.ts'
import { compileText } from '../../ingest/mapping/take.ts'
import { takeFaults, whenFaults } from '../../ingest/mapping/take-faults.ts'
import { compileWhen } from '../../ingest/mapping/when.ts'

/**
 * 5. A mapping is written. The page that teaches it to a data steward, docs/mapping.md, is the test: every example in it
 * is a take or a condition, a row, and what comes of it.
 */
const page = readFileSync(new URL('../../docs/mapping.md', import.meta.url), 'utf8')
const ZONE = 480

interface Example {
  readonly take?: Take
  readonly when?: When
  readonly row: Readonly<Record<string, string>>
  readonly gives?: string
  readonly rejected?: string
  readonly holds?: boolean
}

const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']): [string, Example] => [
  text.replace(/\s+/g, ' ').trim(),
  JSON.parse(text),
])

/** Instants stand in the page as people read them. */
function expected(gives: string): string {
  return /^\d{4}-\d\d-\d\dT/.test(gives) ? String(Date.parse(gives)) : gives
}

describe('every example of docs/mapping.md', () => {
  it('is found', () => {
    expect(examples.length).toBeGreaterThan(15)
  })

  it.each(examples)('does what the page says: %s', (_, { take, when, row, gives, rejected, holds }) => {
    if (when !== undefined) {
      expect(whenFaults(when, '')).toEqual([])
      expect(compileWhen([when])(row)).toBe(holds)
    }
    if (take === undefined) return
    expect(takeFaults(take, '')).toEqual([])
    const fault = compileStrict([take], ZONE, new Uint8Array(32))(row, '')
    expect(fault?.reason).toBe(rejected)
    if (gives !== undefined) expect(compileText(take, ZONE)(row, '')).toBe(expected(gives))
  })

  it('names every word of the language', () => {
    const words =
      'column columns first join separator constant source halfWidth noSpaces upper extract table otherwise strict date dayEnd times unit personal in notIn matches present above below all any not feed name format authority trust lateAfterMinutes required oneOf key version subject district industry observations part kind when cause occurred decided published known value missing facts'
    for (const word of words.split(' ')) expect(page).toMatch(new RegExp(`[\`"]${word}[\`"]`))
  })
})
