import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadPolicySet } from '../../app/policies.ts'
import type { Bilingual } from '../../core/bilingual.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { addEntry } from '../../processors/add-entry.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { emptyEnterprise } from '../../processors/enterprise.ts'
import { toEntry } from '../../processors/entry.ts'
import { evaluate, signalsIn } from '../../processors/evaluate.ts'
import { createSide } from '../../processors/side.ts'

const policies = new URL('../../policies/', import.meta.url)
const read = (path: string) => JSON.parse(readFileSync(new URL(path, policies), 'utf8'))

interface CatalogueEvent extends Bilingual {
  readonly code: string
  readonly group: string
  readonly cause: string
  readonly alsoWritten: readonly string[]
}

const catalogue: readonly CatalogueEvent[] = read('catalogues/kitchen-video-events.json').events
const { realm, feeds } = loadPolicySet(fileURLToPath(policies), 'city')
const policy = feedOf('video-analytics')
const compiled = compilePolicy(realm)
const feed = compileFeed(policy, realm, { personalKey: new Uint8Array(32), legacyCodes: new Set() })

function feedOf(name: string): FeedPolicy {
  const found = feeds.get(name)
  if (found === undefined) throw new Error(`the set has no feed ${name}`)
  return found
}

const CAMERA = '14010500001320000001'
const RECEIVED = Date.UTC(2026, 0, 6)
const event = (id: number, type: string, at: string, given: object = {}) => ({
  event_id: `V${id}`,
  camera: CAMERA,
  type,
  confidence: 0.8,
  at: `2026-01-05 ${at}`,
  updated_at: `2026-01-05 ${at}`,
  ...given,
})

/** What the front door makes of events; rejects are not expected. */
function observe(events: readonly object[]) {
  const body = Buffer.from(events.map((one) => JSON.stringify(one)).join('\n'))
  return readRows(policy, body).flatMap((row) => {
    if (row.fields === undefined) throw new Error(row.hint.en)
    const { kept } = feed.mapRow(row, { source: 'test', received: RECEIVED, occurrence: createOccurrences() })
    if (kept === undefined) throw new Error('a reject')
    return [...kept.observations, ...feed.goneParts(kept)]
  })
}

/** The city's score of an enterprise whose camera sent these. */
function score(events: readonly object[]) {
  const enterprise = emptyEnterprise('uscc:91140105MA0T100092', 0)
  for (const observation of observe(events)) {
    addEntry(enterprise, toEntry(observation, compiled))
  }
  const evaluation = evaluate(enterprise, RECEIVED, createSide(compiled.periodMs), compiled)
  const { risk, basis } = evaluation
  const signals = signalsIn(evaluation)
  return { risk, basis, signal: signals.find(({ indicator }) => indicator === 'confirmed-video') }
}

describe('events of kitchen cameras', () => {
  it('are named by the catalogue in both languages, whatever a vendor calls them', () => {
    for (const { code, group, cause, zh, en, alsoWritten } of catalogue) {
      expect([zh, en].every((text) => text.length > 1)).toBe(true)
      for (const written of [code, zh, ...alsoWritten]) {
        const [seen] = observe([event(1, written, '12:00:00')]).filter(({ gone }) => gone === 0)
        const named =
          group === 'device' ? { kind: 'device-state', facts: { state: code } } : { cause, facts: { event: code } }
        expect(seen, written).toMatchObject(named)
      }
      if (group !== 'device') expect(Object.keys(realm.causes)).toContain(cause)
    }
  })

  it('raise the risk when they are seen three times in ten minutes, and never the class basis', () => {
    const rats = [event(1, '老鼠', '02:00:00'), event(2, '有害生物', '02:03:00'), event(3, '鼠', '02:06:00')]
    expect(score(rats.slice(0, 2))).toEqual({ risk: 0, basis: 0, signal: undefined })
    const { risk, basis, signal } = score(rats)
    expect(risk).toBeGreaterThan(0)
    expect(basis).toBe(0)
    expect(signal?.evidence).toHaveLength(3)
  })

  it('that a person calls false are as if they had not been, and their camera is believed less from then on', () => {
    const cat = [1, 2, 3].map((id) => event(id, '鼠', `02:0${id}:00`))
    const later = [4, 5, 6].map((id) => event(id, '吸烟', `12:0${id}:00`))
    const calledFalse = cat.map((one) => ({ ...one, verified: '误报', updated_at: '2026-01-05 09:00:00' }))
    expect(score([...cat, ...calledFalse])).toEqual({ risk: 0, basis: 0, signal: undefined })
    const before = score(later).signal?.intensity ?? 0
    const after = score([...cat, ...calledFalse, ...later]).signal?.intensity ?? 0
    expect(after).toBeGreaterThan(0)
    expect(after).toBeLessThan(before)
  })
})
