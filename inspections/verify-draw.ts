import type { DrawnVisit } from '../core/decision.ts'
import { Rejected } from '../core/errors.ts'
import type { DrawCommitted, DrawOpened } from './decision-journal.ts'
import { draw, rosterHash, seedCommitment } from './draw.ts'

export interface DrawDifference {
  readonly what:
    | 'identity'
    | 'order'
    | 'unusable'
    | 'roster-hash'
    | 'seed-commitment'
    | 'visit-missing'
    | 'visit-added'
    | 'inspectors'
  /** The enterprise, or the field that differs. */
  readonly where: string
  readonly expected: string
  readonly found: string
}

export interface DrawVerdict {
  readonly ok: boolean
  readonly visits: number
  readonly unstaffed: number
  readonly differences: readonly DrawDifference[]
}

/**
 * Repeats a draw out of what was committed before and opened after, offline, and says everything that differs.
 * Material that cannot be drawn from at all is a difference too, never an exception.
 */
export function verifyDraw(committed: DrawCommitted, opened: DrawOpened): DrawVerdict {
  const differences: DrawDifference[] = []
  const compare = (what: DrawDifference['what'], where: string, expected: string, found: string): void => {
    if (expected !== found) differences.push({ what, where, expected, found })
  }
  compare('identity', 'realm', committed.realm, opened.realm)
  compare('identity', 'id', committed.id, opened.id)
  if (opened.at < committed.at) {
    differences.push({ what: 'order', where: 'at', expected: `>= ${committed.at}`, found: String(opened.at) })
  }
  try {
    compare('roster-hash', 'rosterHash', rosterHash(committed), committed.rosterHash)
    const commitment = seedCommitment(opened.seed, committed.rosterHash)
    compare('seed-commitment', 'seedCommitment', commitment, committed.seedCommitment)
    compareVisits(draw(committed, opened.seed), opened.visits, differences)
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    differences.push({
      what: 'unusable',
      where: error.reason,
      expected: 'a roster and seed to draw from',
      found: error.message,
    })
  }
  const unstaffed = opened.visits.filter(({ inspectors }) => inspectors.length === 0).length
  return { ok: differences.length === 0, visits: opened.visits.length, unstaffed, differences }
}

function compareVisits(
  expected: readonly DrawnVisit[],
  found: readonly DrawnVisit[],
  differences: DrawDifference[],
): void {
  const stated = new Map(found.map((visit) => [visit.enterprise, visit]))
  if (stated.size !== found.length) {
    differences.push({ what: 'visit-added', where: 'visits', expected: `${stated.size}`, found: `${found.length}` })
  }
  for (const visit of expected) {
    const other = stated.get(visit.enterprise)
    const team = visit.inspectors.join(' ')
    if (other === undefined) {
      differences.push({ what: 'visit-missing', where: visit.enterprise, expected: team, found: '' })
    } else if (other.inspectors.join(' ') !== team) {
      const named = other.inspectors.join(' ')
      differences.push({ what: 'inspectors', where: visit.enterprise, expected: team, found: named })
    }
    stated.delete(visit.enterprise)
  }
  for (const [enterprise, { inspectors }] of stated) {
    differences.push({ what: 'visit-added', where: enterprise, expected: '', found: inspectors.join(' ') })
  }
}
