import { readdirSync, readFileSync } from 'node:fs'
import { loadPolicySet } from '../../app/policies.ts'
import { DAY_MS } from '../../core/time.ts'
import type { Row } from '../../ingest/decode/row.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { type CompiledFeed, compileFeed, type Mapped } from '../../ingest/mapping/compile-feed.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { day } from '../support/observations.ts'
import { REALM } from './city.ts'
import type { Dice } from './dice.ts'
import type { Filed, Story } from './story.ts'
import { SECRETS, type Town } from './town.ts'

const POLICIES = new URL('../../policies', import.meta.url).pathname
const EXAMPLES = new URL('../../examples/', import.meta.url)
/** What is known later is left out: every day is a period of its own, and each of them costs. */
const WEEKS = 3
/** Of the rows, so many come weeks late. */
const LATE = 0.15

/** The default rules of the product, and the rows of its examples: what no oracle judges must still be the same however it is played. */
export function openDemoCity(): Town {
  const set = loadPolicySet(POLICIES, 'demo-city')
  const realm = { ...set.realm, realm: REALM }
  const feeds = new Map<string, CompiledFeed>()
  const known: { readonly feed: string; readonly row: Record<string, string>; readonly known: number }[] = []
  for (const file of readdirSync(EXAMPLES).sort()) {
    const name = file.slice(0, file.indexOf('.'))
    const policy = set.feeds.get(name)
    if (policy === undefined) continue
    const feed = compileFeed(policy, realm, SECRETS)
    feeds.set(name, feed)
    for (const row of readRows(policy, readFileSync(new URL(file, EXAMPLES)))) {
      const { kept } = mapped(feed, row)
      if (kept === undefined || row.fields === undefined) continue
      const last = Math.max(...kept.observations.map((one) => one.known))
      if (last < day(WEEKS * 7 - 1)) known.push({ feed: name, row: row.fields, known: last })
    }
  }
  const names = [...feeds.keys()]
  return {
    policy: compilePolicy(realm),
    feeds,
    offices: [names.filter((_, index) => index % 2 === 0), names.filter((_, index) => index % 2 === 1)],
    tell: (dice) => tell(known, dice),
    namesOf: (rows) => [
      ...new Set(
        rows.flatMap(({ feed, row }) => {
          const fields = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))
          const raw = Buffer.from(JSON.stringify(row))
          const found = feeds.get(feed)
          const kept = found && mapped(found, { line: 1, offset: 0, raw, columns: Object.keys(fields), fields }).kept
          return (kept?.observations ?? []).flatMap(({ id, version, gone }) => (gone === 1 ? [] : [`${id} ${version}`]))
        }),
      ),
    ],
  }
}

function mapped(feed: CompiledFeed, row: Row): Mapped {
  if (row.fields === undefined) return { rejected: { reason: row.error, hint: row.hint } }
  return feed.mapRow(row, { source: 'examples', received: 0, occurrence: () => 0 })
}

function tell(
  known: readonly { readonly feed: string; readonly row: Record<string, string>; readonly known: number }[],
  dice: Dice,
): Story {
  const rows = known.map((one): Filed => {
    const week = Math.floor((one.known - day(0)) / (7 * DAY_MS))
    const late = dice.chance(LATE) ? dice.between(1, 2) : 0
    return { feed: one.feed, row: one.row, week: Math.min(WEEKS - 1, week + late) }
  })
  return { rows, turns: [], weeks: WEEKS }
}
