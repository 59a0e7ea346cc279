import type { History } from '../core/history.ts'
import { civilDate } from '../core/time.ts'
import type { DrawOpened } from './decision-journal.ts'
import type { PlanCandidate } from './plan.ts'
import type { RiskClass, SamplingPolicy } from './sampling-policy.ts'

interface ClassRow {
  readonly enterprise: string
  readonly class: RiskClass
  readonly district: string
  readonly industry: string
}

interface VisitRow {
  readonly enterprise: string
  readonly thisYear: number
  readonly lastYear: number
}

/** The class in force at `until` (UTC ms): the newest change point that no later rebuild made void. */
const CLASSES = `
  SELECT enterprise, argMax(pointClass, effective) AS class, argMax(pointDistrict, effective) AS district,
         argMax(pointIndustry, effective) AS industry
  FROM (
    SELECT enterprise, effective, argMax(class, revision) AS pointClass, argMax(district, revision) AS pointDistrict,
           argMax(industry, revision) AS pointIndustry, argMax(removed, revision) AS pointRemoved
    FROM risk WHERE realm = {realm:String} AND effective <= {until:Int64}
    GROUP BY enterprise, effective
  )
  WHERE pointRemoved = 0 GROUP BY enterprise ORDER BY enterprise`

/**
 * Routine checks that some authority made outside any draw (fact \`check\` = routine, no fact \`draw\`), of the authority
 * that made the most: whoever is sent next, none passes the cap. Checks after a complaint, a referral or a clue are
 * outside the cap (国办发〔2024〕54号).
 */
const ROUTINE_CHECKS = `
  SELECT enterprise, max(now) AS thisYear, max(before) AS lastYear
  FROM (
    SELECT enterprise, authority, countIf(day >= {year:Int64}) AS now, countIf(day < {year:Int64}) AS before
    FROM (
      SELECT id, argMax(subject, version) AS enterprise, argMax(authority, version) AS authority,
             argMax(if(occurred = 0, known, occurred), version) AS day, argMax(facts, version) AS told,
             argMax(gone, version) AS over
      FROM observations
      WHERE realm = {realm:String} AND kind = 'inspection-result' AND known >= {lastYear:Int64}
      GROUP BY id
    )
    WHERE over = 0 AND told['check'] = 'routine' AND told['draw'] = '' AND day >= {lastYear:Int64}
    GROUP BY enterprise, authority
  )
  GROUP BY enterprise`

export interface CandidateQuestion {
  readonly realm: string
  readonly year: number
  readonly until: number
  readonly zoneOffsetMinutes: number
  readonly policy: SamplingPolicy
  /** Draws of the year and of the one before, this period's own left out. */
  readonly draws: { readonly thisYear: readonly DrawOpened[]; readonly lastYear: readonly DrawOpened[] }
}

/** Everybody with a class, with the visits already had: what a plan is made of. Years begin at the realm's midnight. */
export async function readCandidates(history: History, asked: CandidateQuestion): Promise<readonly PlanCandidate[]> {
  const { realm, until, policy, draws } = asked
  const year = civilDate(asked.year, 1, 1, asked.zoneOffsetMinutes)
  const lastYear = civilDate(asked.year - 1, 1, 1, asked.zoneOffsetMinutes)
  const classes = await history.query<ClassRow>(CLASSES, { realm, until })
  const checks = await history.query<VisitRow>(ROUTINE_CHECKS, { realm, year, lastYear })
  const made = new Map(checks.map((row) => [row.enterprise, row]))
  const thisYear = countVisits(draws.thisYear)
  const before = countVisits(draws.lastYear)
  const overrides = await readOverrides(history, realm, policy)
  return classes.map((row) => {
    const outside = made.get(row.enterprise)
    return {
      ...row,
      visits: [
        (thisYear.get(row.enterprise) ?? 0) + (outside?.thisYear ?? 0),
        (before.get(row.enterprise) ?? 0) + (outside?.lastYear ?? 0),
      ],
      overrides: overrides.get(row.enterprise) ?? [],
    }
  })
}

function countVisits(draws: readonly DrawOpened[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { visits } of draws) {
    for (const { enterprise } of visits) counts.set(enterprise, (counts.get(enterprise) ?? 0) + 1)
  }
  return counts
}

async function readOverrides(
  history: History,
  realm: string,
  policy: SamplingPolicy,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const byEnterprise = new Map<string, string[]>()
  for (const { id, fact, in: values } of policy.overrides) {
    const rows = await history.query<{ readonly enterprise: string }>(
      `SELECT enterprise FROM enterprises FINAL
       WHERE realm = {realm:String} AND facts[{fact:String}] IN {values:Array(String)}`,
      { realm, fact, values },
    )
    for (const { enterprise } of rows) byEnterprise.set(enterprise, [...(byEnterprise.get(enterprise) ?? []), id])
  }
  return byEnterprise
}
