import type { SealedPeriod } from '../core/cells.ts'
import type { Decision } from '../core/decision.ts'
import { canonicalJson } from '../core/hash.ts'
import type { RealmPolicy } from '../core/policy.ts'
import type { RiskPoint } from '../core/risk.ts'
import type { Warning } from '../core/warning.ts'
import { clusterClaim } from './claim.ts'
import { type DetectionState, detectClusters, NO_DETECTION } from './detect-cross-industry.ts'
import { keep, placeOf, type Standing, standingOf, withPoint } from './enterprise-record.ts'
import { type EnterpriseRecord, evidenceOf, judgedAt, toldOf, UNKNOWN_ENTERPRISE } from './judge-enterprise.ts'
import type { Evidence } from './lifecycle.ts'
import { createSaying, type Said, type Saying } from './saying.ts'
import { decideWatched, NOT_WATCHED, type Watched, withDecision } from './watched.ts'

export type AlertEntries =
  | { readonly topic: 'signals'; readonly entries: readonly RiskPoint[] }
  | { readonly topic: 'sealed'; readonly entries: readonly SealedPeriod[] }
  | { readonly topic: 'decisions'; readonly entries: readonly Decision[] }

/** Folds one realm's signals, sealed periods and decisions to warnings. It holds its state; the same entry again says nothing. */
export interface AlertFold {
  observe(batch: AlertEntries): Said
  /** Open, confirmed and dispatched ones: what the board shows. */
  active(): readonly Warning[]
  /** Canonical JSON: equal states have equal bytes. */
  toBytes(): Uint8Array
}

interface FoldState {
  readonly enterprises: Readonly<Record<string, EnterpriseRecord>>
  readonly clusters: Readonly<Record<string, Watched>>
  readonly detection: DetectionState
  readonly parked: readonly WarningDecision[]
}

type WarningDecision = Extract<Decision, { type: 'warning-decided' }>

/** Decisions about warnings that never come are forgotten beyond this many, the oldest first. */
const PARKED_AT_MOST = 1_000

/** `policyAt`: the policy in force at an instant of the realm's clock. `bytes`: a state from `toBytes`, else an empty one. */
export function createAlertFold(
  realm: string,
  policyAt: (instant: number) => RealmPolicy,
  bytes: Uint8Array | undefined,
): AlertFold {
  const start = bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as FoldState)
  const enterprises = new Map(Object.entries(start?.enterprises ?? {}))
  const clusters = new Map(Object.entries(start?.clusters ?? {}))
  let detection = start?.detection ?? NO_DETECTION
  // Decisions about warnings that are not known yet: the topics have no common order when a state is rebuilt.
  let parked = start?.parked ?? []

  function decide(watched: Watched, evidence: Evidence, now: number, saying: Saying): Watched {
    const outcome = decideWatched(watched, evidence, now)
    saying.outcome(outcome)
    if (outcome.reason !== 'raised') return outcome.watched
    const due = parked.filter((decision) => decision.warning === outcome.watched.warning?.id)
    if (due.length > 0) parked = parked.filter((decision) => !due.includes(decision))
    return due.reduce((next, decision) => decideByPerson(next, decision, saying), outcome.watched)
  }

  function decideByPerson(watched: Watched, decision: WarningDecision, saying: Saying): Watched {
    if (watched.decisions.includes(decision.id)) {
      saying.count('already-decided')
      return watched
    }
    const next = decide(watched, { type: 'decision', to: decision.to }, decision.at, saying)
    return withDecision(next, decision.id)
  }

  function judge(point: RiskPoint, before: Standing, isRewritten: boolean, saying: Saying): void {
    const record = enterprises.get(point.enterprise) ?? UNKNOWN_ENTERPRISE
    const policy = policyAt(point.effective)
    const evidence = evidenceOf(record, point, before, isRewritten, policy)
    if (evidence === undefined) {
      saying.count('quiet')
      return
    }
    const watched = decide(record, evidence, judgedAt(record, point), saying)
    const { warning } = watched
    const isNews = warning?.id !== record.warning?.id || warning?.revision !== record.warning?.revision
    enterprises.set(point.enterprise, { ...record, ...watched, told: isNews ? toldOf(record, policy) : record.told })
  }

  function observePoints(points: readonly RiskPoint[], saying: Saying): void {
    // A rebuilt past comes as several points: it is judged once, after all of them that came together.
    const rewritten = new Map<string, { readonly before: Standing; readonly point: RiskPoint }>()
    const settle = (enterprise: string) => {
      const change = rewritten.get(enterprise)
      if (change !== undefined) judge(change.point, change.before, true, saying)
      rewritten.delete(enterprise)
    }
    for (const point of points) {
      const { enterprise } = point
      const policy = policyAt(point.effective)
      const place = placeOf((enterprises.get(enterprise) ?? UNKNOWN_ENTERPRISE).history, point)
      if (place === 'stale') {
        saying.count('older-than-known')
        continue
      }
      if (place === 'forward') settle(enterprise)
      const record = enterprises.get(enterprise) ?? UNKNOWN_ENTERPRISE
      const before = rewritten.get(enterprise)?.before ?? standingOf(record.history, policy)
      enterprises.set(enterprise, { ...record, history: withPoint(record.history, keep(point, policy), policy) })
      if (place === 'forward') judge(point, before, false, saying)
      else rewritten.set(enterprise, { before, point })
    }
    for (const enterprise of [...rewritten.keys()]) settle(enterprise)
  }

  function observeSealed(sealed: SealedPeriod, saying: Saying): void {
    // The last period under a policy comes into force when the next one does, and is still the old one's.
    const policy = policyAt(sealed.effective - 1)
    const detected = detectClusters(detection, sealed, policy)
    detection = detected.state
    if (detected.seen === 'older-than-known') saying.count(detected.seen)
    for (const finding of detected.findings) {
      const subject = `${finding.district}|${finding.cause}`
      const watched = clusters.get(subject) ?? NOT_WATCHED
      const industries = detection.ongoing[subject]?.industries ?? watched.warning?.industries ?? []
      const claim = clusterClaim(realm, finding, industries, policy)
      const { from, to, grown } = finding
      const evidence = { type: 'level', from, to, held: false, grown, corrected: false, claim } as const
      clusters.set(subject, decide(watched, evidence, sealed.effective, saying))
    }
  }

  function observeDecision(decision: WarningDecision, saying: Saying): void {
    const { subject, raised, isCluster } = readWarningId(decision.warning, realm)
    const cluster = clusters.get(subject)
    const enterprise = enterprises.get(subject)
    const watched = isCluster ? cluster : enterprise
    if (watched?.warning?.id !== decision.warning) {
      const isPast = watched?.warning !== undefined && watched.warning.raised > raised
      saying.count(isPast ? 'older-than-known' : 'unknown-warning')
      const isParked = parked.some((each) => each.id === decision.id)
      if (!isPast && !isParked) parked = [...parked, decision].slice(-PARKED_AT_MOST)
    } else if (isCluster) {
      clusters.set(subject, decideByPerson(watched, decision, saying))
    } else {
      const record = enterprise ?? UNKNOWN_ENTERPRISE
      enterprises.set(subject, { ...record, ...decideByPerson(record, decision, saying) })
    }
  }

  return {
    observe(batch) {
      const saying = createSaying()
      if (batch.topic === 'signals') observePoints(batch.entries, saying)
      if (batch.topic === 'sealed') for (const sealed of batch.entries) observeSealed(sealed, saying)
      if (batch.topic === 'decisions') {
        for (const decision of batch.entries) {
          if (decision.type === 'warning-decided') observeDecision(decision, saying)
        }
      }
      return saying.said()
    },
    active() {
      return [...enterprises.values(), ...clusters.values()].flatMap(({ warning }) =>
        warning === undefined || warning.state === 'closed' || warning.state === 'withdrawn' ? [] : [warning],
      )
    },
    toBytes() {
      const state: FoldState = {
        enterprises: Object.fromEntries(enterprises),
        clusters: Object.fromEntries(clusters),
        detection,
        parked,
      }
      return new TextEncoder().encode(canonicalJson(state))
    },
  }
}

/** The inverse of how the lifecycle names a warning: `realm/enterprise/raised` or `realm/cluster/district|cause/raised`. */
function readWarningId(id: string, realm: string): { subject: string; raised: number; isCluster: boolean } {
  const end = id.lastIndexOf('/')
  const inner = id.slice(realm.length + 1, end)
  const isCluster = inner.startsWith('cluster/')
  return { subject: isCluster ? inner.slice('cluster/'.length) : inner, raised: Number(id.slice(end + 1)), isCluster }
}
