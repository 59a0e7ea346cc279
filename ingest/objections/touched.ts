import type { History } from '../../core/history.ts'
import type { Touched } from '../../core/objection.ts'
import type { Observation, ObservationKind } from '../../core/observation.ts'

/** At most so many of each are listed: an entry of the log has a bound. */
const MOST_LISTED = 500

/** What is objected to, as the history has it. */
export interface TargetRecord {
  /** Under whom it stands: several where it is about a place that they share. */
  readonly enterprises: readonly [string, ...string[]]
  readonly authority: string
  readonly kinds: readonly ObservationKind[]
  /** When any version of it first became known, and the document's date where it has one (else 0); UTC ms. */
  readonly known: number
  readonly decided: number
  readonly severity: string
  /** The newest version of each of its observations that is not gone, under each of the enterprises. */
  readonly observations: readonly [Observation, ...Observation[]]
}

// A record's observations have ids that begin with `feed/record/`; one observation is named by the whole id.
const OF_TARGET = `realm = {realm:String} AND (id = {target:String} OR (endsWith({target:String}, '/') AND startsWith(id, {target:String})))`
const MENTIONS = 'position(signals, {quoted:String}) > 0'

/** `undefined` where the history holds no such record. Errors: `Retryable` when the history cannot be reached. */
export async function readTarget(history: History, realm: string, target: string): Promise<TargetRecord | undefined> {
  const rows = await history.query<Observation>(
    `SELECT * FROM observations FINAL WHERE ${OF_TARGET} ORDER BY id, version, content, gone DESC, subject`,
    { realm, target },
  )
  // Under a subject from which it was moved it is gone, whatever stands under another.
  const newest = new Map(rows.map((row) => [`${row.id} ${row.subject}`, row]))
  const [first, ...rest] = [...newest.values()].filter(({ gone }) => Number(gone) === 0).map(toObservation)
  if (first === undefined) return undefined
  const observations = [first, ...rest] as const
  return {
    enterprises: [
      first.subject,
      ...new Set(observations.map(({ subject }) => subject).filter((one) => one !== first.subject)),
    ],
    authority: first.authority,
    kinds: [...new Set(observations.map(({ kind }) => kind))],
    known: Math.min(...rows.map(({ known }) => Number(known))),
    decided: Math.max(...observations.map(({ decided }) => decided)),
    severity: observations.find(({ facts }) => facts.severity !== undefined)?.facts.severity ?? '',
    observations,
  }
}

/** What the record moved until now: whoever acted on it. Errors: `Retryable` when the history cannot be reached. */
export async function readTouched(
  history: History,
  realm: string,
  target: string,
  { enterprises, known }: Pick<TargetRecord, 'enterprises' | 'known'>,
): Promise<Touched> {
  // As it stands in the JSON of the evidence: an id to its closing quote, a record from its opening one.
  const quoted = target.endsWith('/') ? `"${target}` : `"${target}"`
  const params = { realm, target, enterprises, quoted, known }
  const [scores, warnings, plans, draws] = await Promise.all([
    history.query<{ points: number; since: number; until: number }>(
      `SELECT uniqExact(enterprise, effective) AS points, min(effective) AS since, max(effective) AS until FROM risk
       WHERE realm = {realm:String} AND enterprise IN {enterprises:Array(String)} AND removed = 0 AND ${MENTIONS}`,
      params,
    ),
    history.query<{ id: string; revision: number }>(
      `SELECT id, max(revision) AS revision FROM warnings
       WHERE realm = {realm:String} AND hasAny(enterprises, {enterprises:Array(String)}) AND (
         arrayExists(one -> one = {target:String} OR (endsWith({target:String}, '/') AND startsWith(one, {target:String})), evidence)
         OR (subject IN {enterprises:Array(String)} AND (subject, changed) IN (
           SELECT enterprise, effective FROM risk
           WHERE realm = {realm:String} AND enterprise IN {enterprises:Array(String)} AND removed = 0 AND ${MENTIONS}))
       ) GROUP BY id ORDER BY id LIMIT ${MOST_LISTED + 1}`,
      params,
    ),
    decisionsOf(history, 'plan-set', 'at >= {known:Int64}', params),
    decisionsOf(
      history,
      'draw-opened',
      'at >= {known:Int64} AND arrayExists(one -> position(body, one) > 0, {enterprises:Array(String)})',
      params,
    ),
  ])
  const listed = warnings.slice(0, MOST_LISTED)
  const receivers = await history.query<{ warning: string; receiver: string }>(
    `SELECT DISTINCT warning, receiver FROM notices
     WHERE realm = {realm:String} AND warning IN {ids:Array(String)} AND state IN ('made', 'delivered')
     ORDER BY warning, receiver LIMIT ${MOST_LISTED + 1}`,
    { realm, ids: listed.map(({ id }) => id) },
  )
  const [score] = scores
  return {
    points: Number(score?.points ?? 0),
    from: Number(score?.since ?? 0),
    to: Number(score?.until ?? 0),
    warnings: listed.map(({ id, revision }) => ({ id, revision: Number(revision) })),
    receivers: receivers.slice(0, MOST_LISTED),
    plans: plans.slice(0, MOST_LISTED),
    draws: draws.slice(0, MOST_LISTED),
    more: [warnings, receivers, plans, draws].some((list) => list.length > MOST_LISTED),
  }
}

async function decisionsOf(
  history: History,
  type: string,
  where: string,
  params: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const rows = await history.query<{ readonly id: string }>(
    `SELECT DISTINCT id FROM decisions
     WHERE realm = {realm:String} AND type = {type:String} AND ${where} ORDER BY id LIMIT ${MOST_LISTED + 1}`,
    { ...params, type },
  )
  return rows.map(({ id }) => id)
}

function toObservation(row: Observation): Observation {
  const { version, occurred, decided, published, known, received, line } = row
  const numbers = { version, occurred, decided, published, known, received, line }
  return {
    ...row,
    ...(Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])) as typeof numbers),
  }
}
