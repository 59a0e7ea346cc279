import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { describeRiskChange } from '../../alerts/reason-text.ts'
import { loadPolicySet } from '../../app/policies.ts'
import { DAY_MS, HOUR_MS } from '../../core/time.ts'
import { encodeGb26875, encodeGb26875Time } from '../../ingest/decode/gb26875-frame.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { addEntry } from '../../processors/add-entry.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { emptyEnterprise } from '../../processors/enterprise.ts'
import { toEntry } from '../../processors/entry.ts'
import { evaluate, signalsIn } from '../../processors/evaluate.ts'
import { createSide } from '../../processors/side.ts'

const { realm, feeds } = loadPolicySet(fileURLToPath(new URL('../../policies/', import.meta.url)), 'city')
const policy = feeds.get('gb26875')
if (policy === undefined) throw new Error('the city has no feed gb26875')
const feed = compileFeed(policy, realm, { personalKey: new Uint8Array(32), legacyCodes: new Set() })
const compiled = compilePolicy(realm)

/** Midday of 2026-01-05 in Taiyuan. */
const NOON = Date.UTC(2026, 0, 5, 4)
const NORMAL = 0
const FIRE = 1 << 1
const FAULT = 1 << 2
const FEEDBACK = 1 << 6
const RESET = 1
const MUTED = 1 << 1
const MANUAL_ALARM = 1 << 2
const TYPES = { system: 1, detector: 2, operation: 4 } as const

interface Told {
  /** Hours after noon. */
  readonly at: number
  readonly status: number
  readonly detector?: number
  /** Of the panel that the detector belongs to, 1 where absent. */
  readonly panel?: number
  /** What is told is not of a detector: the state of the whole panel, or what was done there. */
  readonly about?: 'system' | 'operation'
}

/** A frame of command 2 with the state of one smoke detector, or of its panel. */
function frameOf({ at, status, detector = 1, panel = 1, about }: Told): Uint8Array {
  const unit = about === undefined ? Buffer.alloc(40) : Buffer.of(1, panel, status & 0xff, status >> 8)
  if (about === undefined) {
    unit.set([1, panel, 40, detector])
    unit.writeUInt16LE(status, 7)
  }
  const told = NOON + at * HOUR_MS
  return encodeGb26875({
    serial: 1,
    at: told,
    offsetMinutes: 480,
    source: '0102030405ff',
    destination: '000000000001',
    command: 2,
    application: Buffer.concat([Uint8Array.of(TYPES[about ?? 'detector'], 1), unit, encodeGb26875Time(told, 480)]),
  })
}

/** The city's score, so many hours after noon, of the enterprise whose fire transmitter told all this. */
function scoreAt(hours: number, ...told: readonly Told[]) {
  const enterprise = emptyEnterprise('uscc:91140105MA0T100092', 0)
  for (const each of told) {
    for (const row of readRows(policy ?? expect.fail(), frameOf(each))) {
      if (row.fields === undefined) throw new Error(row.hint.en)
      const received = NOON + each.at * HOUR_MS
      const { kept } = feed.mapRow(row, { source: 'test', received, occurrence: createOccurrences() })
      if (kept === undefined) throw new Error('a reject')
      for (const observation of kept.observations) {
        addEntry(enterprise, toEntry(observation, compiled))
      }
    }
  }
  const evaluation = evaluate(enterprise, NOON + hours * HOUR_MS, createSide(compiled.periodMs), compiled)
  const { risk, basis } = evaluation
  const signals = signalsIn(evaluation)
  return { risk, basis, parts: signals.map(({ indicator, points }) => [indicator, points] as const), signals }
}

const fired = (score: ReturnType<typeof scoreAt>) => score.parts.map(([indicator]) => indicator).sort()
const days = (count: number) => (count * DAY_MS) / HOUR_MS

describe('what fire transmitters tell, in the city', () => {
  it('raises the risk with the alarm, more when nobody clears it, and never the class basis', () => {
    const alarm = { at: 0, status: FIRE }
    const fresh = scoreAt(1, alarm)
    expect(fired(fresh)).toEqual(['fire-alarm'])
    const open = scoreAt(days(4), alarm)
    expect(fired(open)).toEqual(['fire-alarm', 'fire-alarm-open'])
    expect(open.risk).toBeGreaterThan(fresh.risk)
    expect(open.basis).toBe(0)
    expect(fired(scoreAt(days(4), alarm, { at: 2, status: NORMAL }))).toEqual(['fire-alarm'])
    expect(scoreAt(days(40), alarm, { at: 2, status: NORMAL }).risk).toBe(0)
  })

  it('counts an alarm that comes back, though the first of that detector was cleared', () => {
    const told = [
      { at: 0, status: FIRE },
      { at: 1, status: NORMAL },
      { at: 2, status: FIRE },
    ]
    expect(fired(scoreAt(days(4), ...told))).toEqual(['fire-alarm', 'fire-alarm-open'])
  })

  it('is not cleared by another detector', () => {
    const told = [
      { at: 0, status: FIRE },
      { at: 1, status: NORMAL, detector: 2 },
    ]
    expect(fired(scoreAt(days(4), ...told))).toContain('fire-alarm-open')
  })

  it('is cleared with all others of its panel when that is reset, and open again when it comes again', () => {
    const alarms = [
      { at: 0, status: FIRE },
      { at: 0, status: FIRE, detector: 2 },
    ]
    const reset = { at: 2, status: RESET, about: 'operation' } as const
    expect(fired(scoreAt(days(4), ...alarms))).toContain('fire-alarm-open')
    expect(fired(scoreAt(days(4), ...alarms, reset))).toEqual(['fire-alarm'])
    // The timeline that a duty officer sees: nothing before the end of the next day, then only what came after the reset.
    const again = { at: 3, status: FIRE, detector: 2 }
    expect(fired(scoreAt(days(1), ...alarms, reset, again))).toEqual(['fire-alarm'])
    const open = scoreAt(days(4), ...alarms, reset, again)
    expect(open.signals.find(({ indicator }) => indicator === 'fire-alarm-open')?.evidence).toHaveLength(1)
    expect(fired(scoreAt(days(4), ...alarms, reset, again, { ...reset, at: 4 }))).toEqual(['fire-alarm'])
  })

  it.each([
    ['the reset of another panel', { status: RESET, about: 'operation', panel: 2 }],
    ['a panel whose sounders were muted', { status: MUTED, about: 'operation' }],
    ['a panel that has another trouble', { status: FAULT, about: 'system' }],
  ] as const)('is not cleared by %s', (_, told) => {
    expect(fired(scoreAt(days(4), { at: 0, status: FIRE }, { at: 2, ...told }))).toContain('fire-alarm-open')
  })

  it('is cleared when the panel as a whole is in order again', () => {
    const restored = { at: 2, status: NORMAL, about: 'system' } as const
    expect(fired(scoreAt(days(4), { at: 0, status: FIRE }, restored))).toEqual(['fire-alarm'])
    expect(scoreAt(days(15), { at: 0, status: FAULT }, restored).risk).toBe(0)
  })

  it('counts the button at the panel as an alarm', () => {
    const pressed = { at: 0, status: MANUAL_ALARM, about: 'operation' } as const
    expect(fired(scoreAt(days(4), pressed))).toEqual(['fire-alarm', 'fire-alarm-open'])
    expect(fired(scoreAt(days(4), pressed, { ...pressed, at: 1, status: RESET }))).toEqual(['fire-alarm'])
  })

  it('raises it for a fault that is not repaired in three days, until it is', () => {
    const fault = { at: 0, status: FAULT }
    expect(scoreAt(days(3), fault).risk).toBe(0)
    const [week, fortnight] = [scoreAt(days(7), fault), scoreAt(days(15), fault)]
    expect(fired(week)).toEqual(['fire-fault-open'])
    expect(fortnight.risk).toBeGreaterThan(week.risk)
    expect(scoreAt(days(15), fault, { at: days(14), status: FEEDBACK }).risk).toBe(0)
  })

  it('says why in both languages', () => {
    const told = [
      { at: 0, status: FIRE },
      { at: 0, status: FAULT, detector: 2 },
    ]
    const reason = describeRiskChange({ risk: 0, parts: [] }, scoreAt(days(15), ...told), realm)
    expect(reason.zh).toMatch(/火警未复位\(\+\d+\).*消防设施故障未修复\(\+\d+\).*火灾报警\(\+\d+\)/)
    expect(reason.en).toMatch(/Fire alarms not cleared \(\+\d+\), Faults of fire protection not repaired \(\+\d+\)/)
    expect(scoreAt(days(15), ...told).signals.every(({ evidence }) => evidence.length > 0)).toBe(true)
  })
})
