import { describe, expect, test } from 'vitest'
import type { Warning } from '../core/warning.ts'
import { day, ENTERPRISE, warningOf } from '../test/support/alert-policy.ts'
import type { AlertReason } from './alert-reason.ts'
import type { Level } from './level.ts'
import { decideWarning, type Evidence, type LevelEvidence, type Say } from './lifecycle.ts'

function went(from: Level, to: Level, change: Partial<LevelEvidence> = {}): LevelEvidence {
  const { realm, kind, subject, name, district, industries, cause, measure, evidence, enterprises } = warningOf()
  const receivers = { blue: 'desk', yellow: 'desk', orange: 'bureau', red: 'command' }
  const said = { realm, kind, subject, name, district, industries, cause, measure, evidence, enterprises }
  const claim = { ...said, risk: 500, change: { zh: '变化', en: 'change' }, receivers }
  return { type: 'level', from, to, held: false, grown: false, corrected: false, claim, ...change }
}

const cluster = (evidence: LevelEvidence): LevelEvidence => ({
  ...evidence,
  claim: { ...evidence.claim, kind: 'cross-industry', subject: '140106|food' },
})

const open = warningOf()
const closed = warningOf({ state: 'closed' })
const decided = (to: 'confirmed' | 'dispatched' | 'closed'): Evidence => ({ type: 'decision', to })

interface Case {
  readonly name: string
  readonly previous: Warning | undefined
  readonly evidence: Evidence
  readonly reason: AlertReason
  readonly say: Say
  /** What of the next warning matters; `undefined`: there is none. */
  readonly next: Partial<Warning> | undefined
}

const cases: readonly Case[] = [
  {
    name: 'a first rise raises a warning named by realm, enterprise and instant',
    previous: undefined,
    evidence: went('none', 'orange'),
    reason: 'raised',
    say: 'notice',
    next: {
      id: `city/${ENTERPRISE}/${day(9)}`,
      level: 'orange',
      state: 'open',
      revision: 1,
      receiver: 'bureau',
      raised: day(9),
    },
  },
  {
    name: 'a cluster is named by its district and cause',
    previous: undefined,
    evidence: cluster(went('none', 'red')),
    reason: 'raised',
    say: 'notice',
    next: { id: `city/cluster/140106|food/${day(9)}`, receiver: 'command' },
  },
  {
    name: 'no level and no warning is quiet',
    previous: undefined,
    evidence: went('none', 'none'),
    reason: 'quiet',
    say: 'nothing',
    next: undefined,
  },
  {
    name: 'an open warning escalates, keeps its name, and goes to the receiver of its new level',
    previous: open,
    evidence: went('orange', 'red'),
    reason: 'escalated',
    say: 'notice',
    next: {
      id: open.id,
      level: 'red',
      state: 'open',
      revision: 2,
      receiver: 'command',
      raised: day(1),
      changed: day(9),
    },
  },
  {
    name: 'a cluster that takes in an industry escalates at the same level',
    previous: open,
    evidence: cluster(went('orange', 'orange', { grown: true })),
    reason: 'escalated',
    say: 'notice',
    next: { level: 'orange', revision: 2 },
  },
  {
    name: 'a warning whose risk falls a band is eased',
    previous: open,
    evidence: went('orange', 'yellow'),
    reason: 'eased',
    say: 'notice',
    next: { level: 'yellow', state: 'open', revision: 2 },
  },
  {
    name: 'a fall within the hysteresis is held, and nobody is told',
    previous: open,
    evidence: went('orange', 'orange', { held: true }),
    reason: 'held-by-hysteresis',
    say: 'nothing',
    next: open,
  },
  {
    name: 'the same level again changes nothing',
    previous: open,
    evidence: went('orange', 'orange'),
    reason: 'unchanged',
    say: 'nothing',
    next: open,
  },
  {
    name: 'a warning that nobody took up is withdrawn when its risk is gone',
    previous: open,
    evidence: went('orange', 'none'),
    reason: 'withdrawn',
    say: 'notice',
    next: { state: 'withdrawn', revision: 2 },
  },
  {
    name: 'a cluster that nobody took up ends instead: it was there',
    previous: open,
    evidence: cluster(went('orange', 'none')),
    reason: 'ended',
    say: 'notice',
    next: { state: 'closed', revision: 2 },
  },
  {
    name: 'what a person took up is not withdrawn: the person is told that the risk subsided',
    previous: warningOf({ state: 'confirmed' }),
    evidence: went('orange', 'none'),
    reason: 'subsided',
    say: 'notice',
    next: { state: 'confirmed', level: 'blue', revision: 2 },
  },
  {
    name: 'and is told so once',
    previous: warningOf({ state: 'confirmed', level: 'blue' }),
    evidence: went('none', 'none'),
    reason: 'unchanged',
    say: 'nothing',
    next: { revision: 1 },
  },
  {
    name: 'a risk that comes back to a warning in hand escalates it, even to its own level',
    previous: warningOf({ state: 'dispatched', level: 'blue' }),
    evidence: went('none', 'blue'),
    reason: 'escalated',
    say: 'notice',
    next: { state: 'dispatched', level: 'blue', revision: 2 },
  },
  {
    name: 'after a withdrawal a new rise is a new warning',
    previous: warningOf({ state: 'withdrawn', revision: 2 }),
    evidence: went('none', 'blue'),
    reason: 'raised',
    say: 'notice',
    next: { id: `city/${ENTERPRISE}/${day(9)}`, state: 'open', revision: 1 },
  },
  {
    name: 'a closed warning is not raised again by the level that was handled',
    previous: closed,
    evidence: went('orange', 'orange'),
    reason: 'held-as-handled',
    say: 'nothing',
    next: closed,
  },
  {
    name: 'its level follows the risk down in silence',
    previous: closed,
    evidence: went('orange', 'yellow'),
    reason: 'held-as-handled',
    say: 'nothing',
    next: { state: 'closed', level: 'yellow', revision: 1 },
  },
  {
    name: 'a rise above what was handled is a new warning',
    previous: closed,
    evidence: went('orange', 'red'),
    reason: 'raised',
    say: 'notice',
    next: { id: `city/${ENTERPRISE}/${day(9)}`, level: 'red', state: 'open', revision: 1 },
  },
  {
    name: 'once its risk is gone a closed warning is forgotten',
    previous: closed,
    evidence: went('yellow', 'none'),
    reason: 'quiet',
    say: 'nothing',
    next: undefined,
  },
  {
    name: 'a correction that leaves nothing of an open warning withdraws it, and says why',
    previous: open,
    evidence: went('orange', 'none', { corrected: true }),
    reason: 'corrected',
    say: 'notice',
    next: { state: 'withdrawn', revision: 2 },
  },
  {
    name: 'a correction at the same level is told too: the facts were other ones',
    previous: open,
    evidence: went('orange', 'orange', { corrected: true }),
    reason: 'corrected',
    say: 'notice',
    next: { state: 'open', level: 'orange', revision: 2 },
  },
  {
    name: 'a correction leaves what a person took up with that person',
    previous: warningOf({ state: 'dispatched' }),
    evidence: went('orange', 'none', { corrected: true }),
    reason: 'corrected',
    say: 'notice',
    next: { state: 'dispatched', level: 'blue', revision: 2 },
  },
  {
    name: 'whoever closed a warning that turns out to be wrong is told',
    previous: closed,
    evidence: went('orange', 'none', { corrected: true }),
    reason: 'corrected',
    say: 'notice',
    next: { state: 'withdrawn', revision: 2 },
  },
  {
    name: 'a correction that raises again at the very instant is the next revision of the same warning',
    previous: warningOf({ id: `city/${ENTERPRISE}/${day(9)}`, state: 'withdrawn', revision: 2 }),
    evidence: went('none', 'orange', { corrected: true }),
    reason: 'raised',
    say: 'notice',
    next: { state: 'open', revision: 3 },
  },
  {
    name: 'a person confirms: recorded, and nobody is called',
    previous: open,
    evidence: decided('confirmed'),
    reason: 'confirmed',
    say: 'record',
    next: { state: 'confirmed', revision: 2, reason: open.reason },
  },
  {
    name: 'a person dispatches: the receiver is told',
    previous: warningOf({ state: 'confirmed' }),
    evidence: decided('dispatched'),
    reason: 'dispatched',
    say: 'notice',
    next: { state: 'dispatched' },
  },
  {
    name: 'a person closes straight away',
    previous: open,
    evidence: decided('closed'),
    reason: 'closed',
    say: 'notice',
    next: { state: 'closed' },
  },
  {
    name: 'a person who takes up a warning as it is withdrawn has it',
    previous: warningOf({ state: 'withdrawn' }),
    evidence: decided('confirmed'),
    reason: 'confirmed',
    say: 'record',
    next: { state: 'confirmed' },
  },
  {
    name: 'what is dispatched is not confirmed again',
    previous: warningOf({ state: 'dispatched' }),
    evidence: decided('confirmed'),
    reason: 'already-decided',
    say: 'nothing',
    next: { state: 'dispatched', revision: 1 },
  },
  {
    name: 'nothing is decided about no warning',
    previous: undefined,
    evidence: decided('closed'),
    reason: 'unknown-warning',
    say: 'nothing',
    next: undefined,
  },
]

describe('the lifecycle of a warning', () => {
  test.each(cases)('$name', ({ previous, evidence, reason, say, next }) => {
    const outcome = decideWarning(previous, evidence, day(9))
    expect({ reason: outcome.reason, say: outcome.say }).toEqual({ reason, say })
    if (next === undefined) expect(outcome.next).toBeUndefined()
    else expect(outcome.next).toMatchObject(next)
  })

  test('is total: any warning and any evidence come to a reason, and only what is said has a new revision', () => {
    const levels = ['none', 'blue', 'yellow', 'orange', 'red'] as const
    const states = ['open', 'confirmed', 'dispatched', 'closed', 'withdrawn'] as const
    const warnings = levels.flatMap((level) =>
      level === 'none' ? [] : states.map((state) => warningOf({ level, state })),
    )
    const evidences = levels.flatMap((from) =>
      levels.flatMap((to) => [false, true].map((corrected) => went(from, to, { corrected }))),
    )
    for (const previous of [undefined, ...warnings]) {
      for (const evidence of [...evidences, decided('confirmed'), decided('dispatched'), decided('closed')]) {
        const { next, say } = decideWarning(previous, evidence, day(9))
        const isNew = next !== undefined && (next.id !== previous?.id || next.revision === previous.revision + 1)
        expect(say !== 'nothing').toBe(isNew)
      }
    }
  })
})
