import type { Notice, Warning } from '../../core/warning.ts'
import { CITY, REALM } from './city.ts'
import type { HistoryRow } from './memory-history.ts'
import type { JudgedPoint } from './oracle.ts'
import type { Stores } from './stores.ts'
import { TIED } from './story.ts'

/**
 * What must hold of warnings, whatever happened: their revisions follow each other, everyone concerned is told of each
 * once and no more, and the board shows what stands. What two lives say of one revision is held against each other by
 * the history itself. `points`: the scores that the levels of untouched warnings follow from; absent where a person had a
 * say.
 */
export async function warningFaults(stores: Stores, points: readonly JudgedPoint[] | undefined): Promise<string[]> {
  const { history, present } = stores
  const rows = history.rows('warnings') as unknown as readonly Warning[]
  const shown = Object.values(await present.read(REALM, 'warnings')).map((text): Warning => JSON.parse(text))
  return [
    ...brokenRevisions(rows),
    ...differing(
      'jobs',
      [...stores.jobs.keys()],
      noticeIds(history.rows('notices')).map((id) => `deliveries/${id}`),
    ),
    ...differing('notices of the log', [...new Set(loggedNotices(stores))], noticeIds(history.rows('notices'))),
    ...differing('the board', shown.map(lineOf), newestOf(rows).filter(isOpen).map(lineOf)),
    ...(points === undefined
      ? []
      : differing(
          'levels',
          shown.flatMap(levelOf),
          TIED.flatMap((who) => expectedLevel(who, points)),
        )),
  ]
}

function differing(what: string, actual: readonly string[], expected: readonly string[]): string[] {
  const missing = expected.filter((line) => !actual.includes(line)).map((line) => `${what}: missing ${line}`)
  const extra = actual.filter((line) => !expected.includes(line)).map((line) => `${what}: too many ${line}`)
  return [...missing, ...extra]
}

function brokenRevisions(rows: readonly Warning[]): string[] {
  const counts = new Map<string, number[]>()
  for (const { id, revision } of rows) counts.set(id, [...(counts.get(id) ?? []), revision])
  return [...counts].flatMap(([id, revisions]) => {
    const isWhole = revisions.length === Math.max(...revisions)
    return isWhole ? [] : [`warning ${id} has the revisions ${revisions.sort((a, b) => a - b).join(', ')}`]
  })
}

function noticeIds(rows: readonly HistoryRow[]): string[] {
  return rows.filter(({ state }) => state === 'made').map(({ id }) => String(id))
}

function loggedNotices({ appended }: Stores): string[] {
  return appended.flatMap(({ topic, bytes }) => {
    if (topic !== 'notices') return []
    const lines = Buffer.from(bytes).toString().split('\n')
    return lines.filter((line) => line !== '').map((line) => (JSON.parse(line) as Notice).id)
  })
}

function newestOf(rows: readonly Warning[]): readonly Warning[] {
  const newest = new Map<string, Warning>()
  for (const row of rows) if ((newest.get(row.id)?.revision ?? 0) < row.revision) newest.set(row.id, row)
  return [...newest.values()]
}

function isOpen({ state }: Warning): boolean {
  return state !== 'closed' && state !== 'withdrawn'
}

function lineOf({ id, revision, level, state }: Warning): string {
  return `${id} revision ${revision}: ${level}, ${state}`
}

function levelOf({ kind, subject, level }: Warning): string[] {
  return kind === 'enterprise' && TIED.some((who) => subject === `licence:${who}`) ? [`${subject} ${level}`] : []
}

/** A level is taken at its band and given up only below the band by the hysteresis, from one score to the next. */
function expectedLevel(who: string, points: readonly JudgedPoint[]): string[] {
  const subject = `licence:${who}`
  let level = -1
  for (const { enterprise, risk } of points) {
    if (enterprise !== subject) continue
    const reached = CITY.warnings.findLastIndex(({ from }) => risk >= from)
    const kept = CITY.warnings.findLastIndex(
      ({ from }, index) => index <= level && risk >= from - CITY.warningHysteresis,
    )
    level = Math.max(reached, kept)
  }
  const band = CITY.warnings[level]
  return band === undefined ? [] : [`${subject} ${band.level}`]
}
