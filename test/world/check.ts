import type { SealedPeriod } from '../../core/cells.ts'
import type { LogBatch } from '../../core/event-log.ts'
import { readObservations } from '../../core/observation-line.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { SHARDS } from '../../core/shard.ts'
import { readArchive } from '../../processors/archive.ts'
import { cellRows, cellsOf, expectedCells } from './check-cells.ts'
import { warningFaults } from './check-warnings.ts'
import { REALM } from './city.ts'
import type { MemoryHistory } from './memory-history.ts'
import type { FromLog, JudgedPoint } from './oracle.ts'
import { heardIn } from './oracle-city.ts'
import { factsOf } from './oracle-facts.ts'
import { reformedFrom } from './reformer.ts'
import { asSaid, foldAgain, newestRevisions } from './same-bytes.ts'
import type { Acknowledged } from './senders.ts'
import type { Stores } from './stores.ts'
import { type Story, TIED, weekEnd } from './story.ts'
import type { Town } from './town.ts'

export interface Checked {
  readonly town: Town
  readonly story: Story
  readonly acknowledged: Acknowledged
  readonly stores: Stores
  /** Log and index are one store: nothing is appended twice. */
  readonly isOneStore: boolean
  /** Somebody took warnings up. */
  readonly wasDecided: boolean
  /** A part went on beside its successor: its last step may have told the present what it believed. */
  readonly wasDoubled: boolean
}

/** Everything that is not as the senders' records demand it, in words; nothing where all is well. */
export async function differencesOf({
  town,
  story,
  acknowledged,
  stores,
  isOneStore,
  wasDecided,
  wasDoubled,
}: Checked): Promise<readonly string[]> {
  const { history, appended } = stores
  const points = standingPoints(history)
  const end = weekEnd(story.weeks - 1)
  const reformed = reformedFrom(appended)
  const again = foldAgain(appended, town.policy)
  const fromLog: FromLog = { outages: outagesOf(appended), heard: heardIn(appended) }
  const expected = expectedPoints(town, acknowledged, fromLog, { end, reformed })
  const sealed = sealedOf(appended)
  const names = town.namesOf(acknowledged.rows)
  const present = Object.values(await stores.present.read(REALM, 'risk')).map((text): RiskPoint => JSON.parse(text))
  return [
    ...compare('observations of the log', namesOf(appended, isOneStore), names),
    ...compare('observations of the history', historyNames(history), names),
    ...compare('rejects', rejected(history), acknowledged.unreadable),
    ...compare('archive', await archived(history), logged(appended)),
    ...(expected === undefined
      ? []
      : compare('change points', judgedBy(points, reformed), judgedBy(expected, reformed))),
    ...(town.judge === undefined
      ? []
      : compare('cells', cellsOf(sealed), expectedCells(factsOf(acknowledged.rows), fromLog.heard, sealed))),
    // The second fold knows one policy alone.
    ...(reformed === undefined
      ? [
          ...compare('change points as they were said', saidRows(history), newestRevisions(again.points)),
          // The period that a policy ends with is the next one's, and written once that is in force.
          ...(sealed.some(({ activates }) => activates !== undefined)
            ? []
            : compare('cells of the history', cellRows(history), cellsOf(sealed))),
          ...compare('sealed periods', sealed.map(lineOf), again.sealed.map(lineOf)),
        ]
      : []),
    ...(wasDoubled ? [] : compare('present', present.map(judged), newestOf(points).map(judged))),
    ...history.contradictions(),
    ...(await warningFaults(stores, wasDecided ? undefined : expected)),
  ]
}

function expectedPoints(
  { policy, next, judge }: Town,
  { rows }: Acknowledged,
  fromLog: FromLog,
  { end, reformed }: { readonly end: number; readonly reformed: number | undefined },
): readonly JudgedPoint[] | undefined {
  if (reformed === undefined || next === undefined)
    return judge?.(rows, fromLog, { rules: policy.realm, from: 0, through: end, end })
  const before = judge?.(rows, fromLog, { rules: policy.realm, from: 0, through: reformed - 1, end }) ?? []
  return [...before, ...(judge?.(rows, fromLog, { rules: next, from: reformed, through: end, end }) ?? [])]
}

/** What came late after a change of policy leaves as it was what the policy before had said: those are not compared. */
function judgedBy(points: readonly JudgedPoint[], reformed: number | undefined): string[] {
  const isFinal = ({ enterprise, effective }: JudgedPoint) =>
    reformed === undefined || effective >= reformed || TIED.some((who) => enterprise === `licence:${who}`)
  return points.filter(isFinal).map(judged)
}

/** Lines that one side has and the other has not, as often as they stand there. */
function compare(what: string, actual: readonly string[], expected: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const line of actual) left.set(line, (left.get(line) ?? 0) + 1)
  for (const line of expected) left.set(line, (left.get(line) ?? 0) - 1)
  return [...left].flatMap(([line, count]) => {
    if (count === 0) return []
    return [`${what}: ${count > 0 ? `${count} too many` : `${-count} missing`}: ${line}`]
  })
}

function namesOf(appended: readonly LogBatch[], isOneStore: boolean): string[] {
  const names = observationsOf(appended).flatMap(({ id, version, gone }) => (gone === 1 ? [] : [`${id} ${version}`]))
  return isOneStore ? names : [...new Set(names)]
}

function observationsOf(appended: readonly LogBatch[]) {
  return appended.flatMap(({ topic, bytes }) => (topic === 'observations' ? readObservations(bytes) : []))
}

function historyNames(history: MemoryHistory): string[] {
  return history
    .rows('observations')
    .flatMap(({ feed, record, part, version, gone }) => (gone === 1 ? [] : [`${feed}/${record}/${part} ${version}`]))
}

function rejected(history: MemoryHistory): string[] {
  return history.rows('rejects').map(({ feed, source, line }) => `${feed} ${source} ${line}`)
}

async function archived(history: MemoryHistory): Promise<string[]> {
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const batches: LogBatch[] = []
  for await (const some of readArchive(history, REALM, shards)) batches.push(...some)
  return batches.map(({ shard, position, count }) => `${shard} ${position} ${count}`)
}

function logged(appended: readonly LogBatch[]): string[] {
  return appended.flatMap(({ topic, shard, position, count }) =>
    topic === 'observations' ? [`${shard} ${position} ${count}`] : [],
  )
}

/** As `standingPoints` of core/risk-history.ts reads them: what was recorded last, in its newest revision, void ones left out. */
function standingPoints(history: MemoryHistory): readonly RiskPoint[] {
  const newest = new Map<string, RiskPoint>()
  for (const row of history.rows('risk') as unknown as readonly RiskPoint[]) {
    const key = `${row.enterprise} ${row.effective}`
    const held = newest.get(key)
    const isNewer =
      held === undefined ||
      row.recorded > held.recorded ||
      (row.recorded === held.recorded && row.revision > held.revision)
    if (isNewer) newest.set(key, row)
  }
  return [...newest.values()].filter(({ removed }) => removed === 0)
}

function newestOf(points: readonly RiskPoint[]): readonly RiskPoint[] {
  const newest = new Map<string, RiskPoint>()
  for (const point of points) {
    if ((newest.get(point.enterprise)?.effective ?? 0) < point.effective) newest.set(point.enterprise, point)
  }
  return [...newest.values()]
}

function judged(point: JudgedPoint): string {
  const { enterprise, effective, name, district, industry, risk, own, basis, class: letter } = point
  const signals = point.signals.map(({ indicator, intensity, measure, points, evidence }) =>
    [indicator, intensity, measure, points, evidence.join(' ')].join(' '),
  )
  return [
    new Date(effective).toISOString(),
    enterprise,
    name,
    district,
    industry,
    risk,
    own,
    basis,
    letter,
    signals,
  ].join('|')
}

function saidRows(history: MemoryHistory): string[] {
  return history.rows('risk').map((row) => asSaid(row as unknown as RiskPoint))
}

/** The second stage may say a period again, in the same words. */
function sealedOf(appended: readonly LogBatch[]): readonly SealedPeriod[] {
  // What a policy on trial makes of them stands in streams of its own.
  const lines = appended.flatMap(({ topic, realm, bytes }) =>
    topic === 'sealed' && realm === REALM ? Buffer.from(bytes).toString().split('\n') : [],
  )
  const periods = lines.filter((line) => line !== '').map((line): SealedPeriod => JSON.parse(line))
  // What was said of a handover first holds.
  return [...new Map(periods.toReversed().map((period) => [lineOf(period), period])).values()]
}

/** Who takes over is announced in a period, and of no concern to what it counts. */
function lineOf({ activates: _, ...period }: SealedPeriod): string {
  return JSON.stringify(period)
}

/** When feeds were broken and well again, as the log says it: the instants are ingest's own. */
function outagesOf(appended: readonly LogBatch[]): ReadonlyMap<string, readonly number[]> {
  const outages = new Map<string, number[]>()
  for (const { topic, shard, progress } of appended) {
    if (topic !== 'observations' || shard !== 0) continue
    for (const { feed, turned } of progress) {
      if (turned === undefined) continue
      const turns = outages.get(feed) ?? []
      outages.set(feed, turns)
      const isBroken = turned.to !== 'healthy'
      if ((turns.length % 2 === 1) !== isBroken && turned.at > (turns.at(-1) ?? 0)) turns.push(turned.at)
    }
  }
  return outages
}
