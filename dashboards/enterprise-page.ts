import type { Bilingual } from '../core/bilingual.ts'
import type { History } from '../core/history.ts'
import type { RiskPoint, Signal } from '../core/risk.ts'
import { AS_KNOWN_NOW, riskOn, riskUntil } from '../core/risk-history.ts'
import type { Warning } from '../core/warning.ts'
import type {
  DecisionRow,
  EnterpriseHit,
  EnterprisePage,
  ObservationRow,
  RealmCard,
  RealmNames,
  ScorePart,
  WarningPage,
} from './board-model.ts'

export const MOST_OBSERVATIONS = 200
export const MOST_CHANGE_POINTS = 2_000
export const MOST_PAGE_WARNINGS = 50
export const MOST_HITS = 20
export const MOST_DECISIONS = 50

/** What the policy in force says of an indicator. */
export interface IndicatorFacts {
  readonly name: Bilingual
  readonly family: string
  readonly weight: number
  readonly basis: boolean
}

export interface PageSources {
  readonly history: History
  readonly card: RealmCard
  readonly names: RealmNames
  readonly indicators: Readonly<Record<string, IndicatorFacts>>
  /** The enterprise as the present has it, which may be ahead of what is sealed in the history. */
  readonly standing: (enterprise: string) => Promise<RiskPoint | undefined>
}

const OBSERVATION_COLUMNS = 'id, feed, kind, subject, cause, known, occurred, value, unit, facts, source, line'
const WARNING_COLUMNS =
  'realm, id, kind, level, state, subject, name, district, industries, cause, risk, measure, reason, evidence, enterprises, receiver, raised, changed, revision'

// The newest version of each id is chosen before `gone` is asked: FINAL would do it only while the table's sorting key
// stays what it is today.
const TIMELINE = `
  SELECT ${OBSERVATION_COLUMNS} FROM (
    SELECT * FROM observations
    WHERE realm = {realm:String} AND subject = {enterprise:String} AND known <= {known:Int64}
    ORDER BY version DESC, content DESC LIMIT 1 BY id
  ) WHERE gone = 0 ORDER BY known DESC, id LIMIT ${MOST_OBSERVATIONS}`

const EVIDENCE = `
  SELECT ${OBSERVATION_COLUMNS} FROM (
    SELECT * FROM observations WHERE realm = {realm:String} AND id IN {ids:Array(String)}
    ORDER BY version DESC, content DESC LIMIT 1 BY id
  ) WHERE gone = 0 ORDER BY known DESC, id LIMIT ${MOST_OBSERVATIONS}`

const PAGE_WARNINGS = `
  SELECT ${WARNING_COLUMNS} FROM (
    SELECT * FROM warnings
    WHERE realm = {realm:String} AND (subject = {enterprise:String} OR has(enterprises, {enterprise:String}))
      AND changed <= {known:Int64}
    ORDER BY revision DESC LIMIT 1 BY id
  ) ORDER BY raised DESC, id LIMIT ${MOST_PAGE_WARNINGS}`

const ONE_WARNING = `
  SELECT ${WARNING_COLUMNS} FROM warnings WHERE realm = {realm:String} AND id = {id:String}
  ORDER BY revision DESC LIMIT 1`

const MATCHES =
  '(positionCaseInsensitiveUTF8(name, {text:String}) > 0 OR positionCaseInsensitive(enterprise, {text:String}) > 0)'

// Candidates first, by any name they ever had, so that only they are brought to their newest row and asked again.
const SEARCH = `
  SELECT enterprise, name, district, industry FROM (
    SELECT * FROM enterprises WHERE realm = {realm:String} AND enterprise IN (
      SELECT DISTINCT enterprise FROM enterprises WHERE realm = {realm:String} AND ${MATCHES} LIMIT 2000
    ) ORDER BY known DESC LIMIT 1 BY enterprise
  ) WHERE ${MATCHES} ORDER BY length(name), name, enterprise LIMIT ${MOST_HITS}`

const REGISTERED = `
  SELECT name, district, industry, facts FROM enterprises
  WHERE realm = {realm:String} AND enterprise = {enterprise:String} ORDER BY known DESC LIMIT 1`

const NAMES_OF = `
  SELECT enterprise, name FROM enterprises WHERE realm = {realm:String} AND enterprise IN {ids:Array(String)}
  ORDER BY known DESC LIMIT 1 BY enterprise`

const DECISIONS_OF = `
  SELECT body FROM decisions FINAL
  WHERE realm = {realm:String} AND type = 'warning-decided' AND JSONExtractString(body, 'warning') = {id:String}
  ORDER BY at DESC, id LIMIT ${MOST_DECISIONS}`

interface Registered {
  readonly name: string
  readonly district: string
  readonly industry: string
  readonly facts: Readonly<Record<string, string>>
}

/** An instant asked about, by what was known at another; both UTC ms. */
export interface PageMoment {
  readonly on: number
  readonly known: number
}

/**
 * One enterprise as the history holds it, now or at a moment; `undefined` where nothing is known of it. Carries the internal class: the
 * caller must have audited the read before it shows the page. Errors: `Retryable` when the history cannot be reached.
 */
export async function readEnterprisePage(
  sources: PageSources,
  enterprise: string,
  moment?: PageMoment,
): Promise<EnterprisePage | undefined> {
  const { history, card, names } = sources
  const params = { realm: card.realm, enterprise, ...(moment ?? { on: AS_KNOWN_NOW, known: AS_KNOWN_NOW }) }
  const [registrations, observations, points, sealed, warnings, standing] = await Promise.all([
    history.query<Registered>(REGISTERED, params),
    history.query<ObservationRow>(TIMELINE, params),
    riskUntil(history, params, MOST_CHANGE_POINTS),
    riskOn(history, params),
    history.query<Warning>(PAGE_WARNINGS, params),
    moment === undefined ? sources.standing(enterprise) : undefined,
  ])
  const isAhead = standing !== undefined && standing.effective > (sealed?.effective ?? 0)
  const point = isAhead ? standing : sealed
  const registered = registrations[0]
  if (registered === undefined && point === undefined && observations.length === 0) return undefined
  const timeline = observations.map(toObservationRow)
  const parts = point === undefined ? [] : scoreParts(point.signals, sources.indicators)
  return {
    realm: card.realm,
    enterprise,
    name: registered?.name ?? point?.name ?? '',
    district: registered?.district ?? point?.district ?? '',
    industry: registered?.industry ?? point?.industry ?? '',
    facts: registered?.facts ?? {},
    demonstration: card.demonstration,
    zoneOffsetMinutes: card.zoneOffsetMinutes,
    names,
    now:
      point === undefined
        ? null
        : {
            effective: point.effective,
            sealed: !isAhead,
            risk: point.risk,
            own: point.own,
            basis: point.basis,
            class: point.class,
            signals: parts,
          },
    history: points.map((row): readonly [number, number, number] => [row.effective, row.risk, row.basis]).toReversed(),
    timeline,
    warnings: warnings.map(toWarning),
    receipt:
      point === undefined
        ? null
        : { policy: point.policy, receipt: point.receipt, arithmetic: arithmeticOf(point.risk, parts) },
  }
}

/** A warning and the observations it rests on; `undefined` where there is none of that id. */
export async function readWarningPage(history: History, realm: string, id: string): Promise<WarningPage | undefined> {
  const [row] = await history.query<Warning>(ONE_WARNING, { realm, id })
  if (row === undefined) return undefined
  const warning = toWarning(row)
  const [evidence, named, decided] = await Promise.all([
    history.query<ObservationRow>(EVIDENCE, { realm, ids: warning.evidence }),
    history.query<{ readonly enterprise: string; readonly name: string }>(NAMES_OF, {
      realm,
      ids: warning.enterprises,
    }),
    history.query<{ readonly body: string }>(DECISIONS_OF, { realm, id }),
  ])
  return {
    warning,
    evidence: evidence.map(toObservationRow),
    enterpriseNames: Object.fromEntries(named.map((one) => [one.enterprise, one.name])),
    decisions: decided.map(({ body }): DecisionRow => {
      const { to, by, note, at } = JSON.parse(body)
      return { to, by, note, at }
    }),
  }
}

/** The 20 best hits of a name or an id; shorter names first, as they match more of themselves. */
export async function searchEnterprises(
  history: History,
  realm: string,
  text: string,
): Promise<readonly EnterpriseHit[]> {
  const trimmed = text.normalize('NFKC').trim()
  if (trimmed === '') return []
  return history.query<EnterpriseHit>(SEARCH, { realm, text: trimmed })
}

/** One line per contribution, then the sum: what a person can add up by hand. */
export function arithmeticOf(risk: number, parts: readonly ScorePart[]): string[] {
  const lines = parts.map((part) => `${part.indicator}: ${part.intensity}/1000 × ${part.weight} → ${part.points}`)
  const total = parts.reduce((sum, part) => sum + part.points, 0)
  return [...lines, `${parts.map((part) => part.points).join(' + ') || '0'} = ${total}`, `risk = ${risk}`]
}

export function scoreParts(
  signals: readonly Signal[],
  indicators: Readonly<Record<string, IndicatorFacts>>,
): ScorePart[] {
  return signals
    .map((signal) => {
      const facts = indicators[signal.indicator]
      return {
        indicator: signal.indicator,
        name: facts?.name ?? { zh: signal.indicator, en: signal.indicator },
        family: facts?.family ?? '',
        intensity: signal.intensity,
        weight: facts?.weight ?? 0,
        points: signal.points,
        measure: signal.measure,
        basis: facts?.basis ?? false,
        evidence: signal.evidence,
      }
    })
    .toSorted((left, right) => right.points - left.points || (left.indicator < right.indicator ? -1 : 1))
}

function toObservationRow(row: ObservationRow): ObservationRow {
  return { ...row, known: Number(row.known), occurred: Number(row.occurred), line: Number(row.line) }
}

function toWarning(row: Warning): Warning {
  const reason = typeof row.reason === 'string' ? (JSON.parse(row.reason) as Bilingual) : row.reason
  return { ...row, reason, raised: Number(row.raised), changed: Number(row.changed) }
}
