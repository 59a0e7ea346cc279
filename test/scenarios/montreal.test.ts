import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rank, readAsOf } from '../../app/commands/rank.ts'
import { loadPolicySetNamed } from '../../app/policies.ts'
import { DAY_MS } from '../../core/time.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { fengsuiToEnd, killAll } from '../support/command.ts'
import { withHistoryOf } from '../support/system.ts'

const FILE = join(import.meta.dirname, '../../../shared/data/montreal/violations.csv')
/** One business in so many, with all of its convictions. */
const ONE_IN = 3
const AS_OF = ['2013-01-01', '2016-07-15', '2019-03-01', '2022-11-30', '2024-03-01']
const { realm, feeds } = loadPolicySetNamed(fileURLToPath(new URL('../../policies/', import.meta.url)), 'montreal')
const ZONE = realm.zoneOffsetMinutes

interface Conviction {
  readonly business: string
  readonly owner: string
  readonly cause: string
  /** Local midnights, UTC ms. */
  readonly offence: number
  readonly judgment: number
}

const instant = (text: string) => readAsOf(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`, ZONE)

/** The rows of one business in so many, byte for byte. */
function cut(): Buffer {
  const bytes = readFileSync(FILE)
  const header = bytes.subarray(0, bytes.indexOf('\n'))
  const kept = readRows({ format: 'csv', required: [] }, bytes).filter(
    ({ fields }) => Number(fields?.business_id) % ONE_IN === 1,
  )
  return Buffer.concat([header, ...kept.flatMap(({ raw }) => [Buffer.from('\n'), raw]), Buffer.from('\n')])
}

/** What the file says, read without the mapping but for the sentences that tell its causes apart. */
function readConvictions(bytes: Buffer): Map<string, Conviction> {
  const rows = readRows({ format: 'csv', required: [] }, bytes)
  const parts = feeds.get('montreal-violations')?.observations.filter(({ kind }) => kind === 'penalty') ?? []
  const sentences = parts.map(({ cause, when = [] }) => {
    const [condition] = when
    const matches = condition !== undefined && 'matches' in condition ? (condition.matches ?? '') : ''
    return { cause: cause?.constant ?? '', pattern: new RegExp(matches, 'u') }
  })
  const of = new Map<string, Conviction>()
  for (const { fields = {} } of rows) {
    const { id_poursuite: id = '', business_id = '', date = '', date_jugement = '', description = '' } = fields
    of.set(id, {
      business: `montreal:${business_id}`,
      owner: (fields.proprietaire ?? '').normalize('NFKC').trim().toUpperCase(),
      cause: sentences.find(({ pattern }) => pattern.test(description))?.cause ?? '',
      offence: instant(date),
      judgment: instant(date_jugement),
    })
  }
  return of
}

/** Risk out of the convictions themselves, 0–1000: plain arithmetic over those that `counts` lets in. */
function recount(convictions: Iterable<Conviction>, asOf: number, knownAt: (one: Conviction) => number) {
  const sums = new Map<string, Map<string, number>>()
  for (const one of convictions) {
    if (knownAt(one) >= asOf) continue
    const age = Math.max(0, asOf - one.judgment) / DAY_MS
    const weight = (realm.decays.convictions ?? []).reduce((held, [from, step]) => (age >= from ? step : held), 0)
    const sum = sums.get(one.business) ?? new Map<string, number>()
    sums.set(one.business, sum.set(one.cause, (sum.get(one.cause) ?? 0) + weight))
  }
  const risks = new Map<string, number>()
  for (const [business, byCause] of sums) {
    let spared = 1_000_000
    for (const indicator of realm.indicators) {
      if (indicator.kind !== 'decayed-count') continue
      const sum = (indicator.select.causes ?? []).reduce((total, cause) => total + (byCause.get(cause) ?? 0), 0)
      const intensity = Math.floor((1000 * sum) / (sum + indicator.saturation * 1000))
      spared = Math.floor((spared * (1_000_000 - indicator.weight * intensity)) / 1_000_000)
    }
    const risk = Math.floor((1_000_000 - spared) / 1000)
    if (risk > 0) risks.set(business, risk)
  }
  return risks
}

const classOf = (risk: number) => realm.classes.reduce((held, band) => (risk >= band.from ? band.class : held), 'A')

describe.skipIf(!existsSync(FILE))('Montréal’s convictions (needs ../shared/data/montreal)', () => {
  let folder: string
  let convictions: Map<string, Conviction>
  const ranked = new Map<string, ReadonlyMap<string, { readonly score: number; readonly class: string }>>()
  let placed: readonly {
    readonly case: string
    readonly occurred: number
    readonly decided: number
    readonly known: number
  }[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fengsui-montreal-'))
    const file = join(folder, 'violations.csv')
    await writeFile(file, cut())
    convictions = readConvictions(cut())
    const words = ['--data', folder, 'replay', '--realm', 'montreal', '--feed', 'montreal-violations', file, '--json']
    const { code, said, complained } = await fengsuiToEnd(words)
    expect(code, complained).toBe(0)
    expect(JSON.parse(said)).toMatchObject({ lines: convictions.size, observations: convictions.size, rejects: 0 })
    await withHistoryOf(folder, async (history) => {
      for (const day of AS_OF) {
        const rows = new Map<string, { score: number; class: string }>()
        for await (const page of rank(history, 'montreal', readAsOf(day, ZONE), readAsOf(day, ZONE))) {
          for (const { id, score, class: letter } of page) rows.set(id, { score: Number(score), class: letter })
        }
        ranked.set(day, rows)
      }
      placed = await history.query(
        `SELECT facts['case'] AS case, toInt64(occurred) AS occurred, toInt64(decided) AS decided, toInt64(known) AS known
           FROM observations FINAL WHERE realm = 'montreal' AND kind = 'penalty'`,
        {},
      )
    })
  }, 120_000)

  afterAll(async () => {
    await killAll(folder)
    await rm(folder, { recursive: true, force: true })
  })

  it('stand each at their offence and at their judgment, and are known from the judgment on', () => {
    expect(convictions.size).toBeGreaterThan(2_000)
    expect(placed).toHaveLength(convictions.size)
    for (const row of placed) {
      const { offence, judgment } = convictions.get(row.case) ?? {}
      expect([Number(row.occurred), Number(row.decided), Number(row.known)]).toEqual([offence, judgment, judgment])
    }
  })

  it.each(AS_OF)('as of %s are counted by what was known then, to the point and the class', (day) => {
    const asOf = readAsOf(day, ZONE)
    const rows = ranked.get(day) ?? new Map()
    const expected = recount(convictions.values(), asOf, ({ judgment }) => judgment)
    const businesses = new Set(Array.from(convictions.values(), ({ business }) => business))
    const shared = sharedOwners(convictions.values())
    const wrong = [...businesses].filter((business) => {
      const { score = 0, class: letter = 'A' } = rows.get(business) ?? {}
      const risk = expected.get(business) ?? 0
      // Who shares an owner may stand above the own convictions, never below; the class rests on those alone.
      return letter !== classOf(risk) || (shared.has(business) ? score < risk : score !== risk)
    })
    expect(wrong).toEqual([])
    expect(expected.size).toBeGreaterThan(40)
  })

  it.each(AS_OF.slice(0, 4))('as of %s would be counted otherwise by whoever looked ahead', (day) => {
    const asOf = readAsOf(day, ZONE)
    const ahead = [...convictions.values()].filter(({ offence, judgment }) => offence < asOf && judgment >= asOf)
    expect(ahead.length).toBeGreaterThan(30)
    const rows = ranked.get(day) ?? new Map()
    const looked = recount(convictions.values(), asOf, ({ offence }) => offence)
    const differs = [...looked].filter(([business, risk]) => risk > (rows.get(business)?.score ?? 0))
    expect(differs.length).toBeGreaterThan(15)
  })
})

/** Businesses of an owner who has, or had, another one. */
function sharedOwners(convictions: Iterable<Conviction>): ReadonlySet<string> {
  const byOwner = new Map<string, Set<string>>()
  for (const { owner, business } of convictions) {
    byOwner.set(owner, (byOwner.get(owner) ?? new Set()).add(business))
  }
  return new Set([...byOwner.values()].filter((businesses) => businesses.size > 1).flatMap((all) => [...all]))
}
