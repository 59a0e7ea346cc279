import type { RealmPolicy } from '../core/policy.ts'
import type { RiskPoint } from '../core/risk.ts'
import { enterpriseClaim } from './claim.ts'
import { type KeptPoint, NO_POINTS, type PointHistory, type Standing, standingOf } from './enterprise-record.ts'
import type { LevelEvidence } from './lifecycle.ts'
import type { Part } from './reason-text.ts'
import { NOT_WATCHED, type Watched } from './watched.ts'

export interface EnterpriseRecord extends Watched {
  readonly history: PointHistory
  /** What the newest revision of the warning was about. */
  readonly told: Told | undefined
}

export interface Told {
  readonly effective: number
  readonly risk: number
  readonly parts: readonly Part[]
}

export const UNKNOWN_ENTERPRISE: EnterpriseRecord = { ...NOT_WATCHED, history: NO_POINTS, told: undefined }

/** Undefined where there is nothing to judge: no level, and no warning that it could change. */
export function evidenceOf(
  record: EnterpriseRecord,
  point: RiskPoint,
  before: Standing,
  isRewritten: boolean,
  policy: RealmPolicy,
): LevelEvidence | undefined {
  const after = standingOf(record.history, policy)
  if (after.level === 'none' && (record.warning === undefined || record.warning.state === 'withdrawn')) return undefined
  const isOpen =
    record.warning !== undefined && record.warning.state !== 'closed' && record.warning.state !== 'withdrawn'
  const told = isOpen || isRewritten ? record.told : undefined
  const corrected = isRewritten && (after.level !== record.warning?.level || isToldVoid(record))
  const claim = enterpriseClaim(point, told ?? before, after, policy)
  return { type: 'level', from: before.level, to: after.level, held: after.held, grown: false, corrected, claim }
}

/** The point that was told of has since been removed or given another risk. */
function isToldVoid({ told, history }: EnterpriseRecord): boolean {
  if (told === undefined || told.effective <= history.base.effective) return false
  const now = history.points.find((point) => point.effective === told.effective)
  return now === undefined || now.removed === 1 || now.risk !== told.risk
}

/** The instant that a judgement stands for: never before any point that is known, so that ids of warnings do not recur. */
export function judgedAt(record: EnterpriseRecord, point: RiskPoint): number {
  return Math.max(point.effective, record.history.points.at(-1)?.effective ?? 0)
}

/** What a receiver of the newest revision now knows. */
export function toldOf(record: EnterpriseRecord, policy: RealmPolicy): Told {
  const { risk, parts } = standingOf(record.history, policy)
  const inForce = record.history.points.findLast((point: KeptPoint) => point.removed === 0)
  return { effective: inForce?.effective ?? record.history.base.effective, risk, parts }
}
