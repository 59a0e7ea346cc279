import type { History } from '../../core/history.ts'
import { MINUTE_MS } from '../../core/time.ts'

/** What can be wrong with codes, for the campaign against wrong and duplicate ones (重错码治理). */
export const CODE_FAULTS = [
  'bad-check-digit',
  'bad-code-shape',
  'legacy',
  'one-code-several-names',
  'one-name-several-codes',
] as const
export type CodeFault = (typeof CODE_FAULTS)[number]

/** One authority's faults of one kind in one month of the realm's zone. */
export interface CodeReportLine {
  readonly authority: string
  /** `2026-11`, by when the records were received. */
  readonly month: string
  readonly fault: CodeFault
  /** Rejected rows for the first two, codes for the others. */
  readonly count: number
  /** All records with a subject that the authority filed in that month, rejected ones included: what the count is a part of. */
  readonly records: number
  /** Rejects for the first two, subjects for the others; never a name. */
  readonly examples: readonly string[]
}

export interface CodeReportRange {
  /** Received from here on, UTC ms. */
  readonly from: number
  /** Received before, UTC ms. */
  readonly until: number
}

type Counted = Omit<CodeReportLine, 'records'>

/** How names are compared: width, case, blanks and the two kinds of brackets do not tell them apart. */
const NORMAL = `upper(replaceRegexpAll(normalizeUTF8NFKC(name), '\\\\s', ''))`
const MONTH = `formatDateTime(toDateTime(intDiv(received + {offset:Int64}, 1000), 'UTC'), '%Y-%m')`
const IN_RANGE = 'realm = {realm:String} AND received >= {from:Int64} AND received < {until:Int64}'
/** Names as registered, and as other records give them in the fact \`filedName\`. */
const NAMED = `SELECT subject, authority, received, kind = 'registration' AS registered,
    if(registered, facts['name'], facts['filedName']) AS name, ${NORMAL} AS normal
  FROM observations WHERE realm = {realm:String} AND gone = 0 AND startsWith(subject, 'uscc:') AND name != ''`
const EXAMPLES = 5

/**
 * The wrong-and-duplicate-code report out of the history, by authority and month. A name that the register ever gave a
 * code is no other name; where the register is silent, records that differ among themselves are.
 */
export async function codeReport(
  history: History,
  realm: string,
  zoneOffsetMinutes: number,
  range: CodeReportRange,
): Promise<readonly CodeReportLine[]> {
  const params = { realm, offset: zoneOffsetMinutes * MINUTE_MS, ...range }
  const ask = <Row>(sql: string) => history.query<Row>(sql, params)
  const [rejected, legacy, names, codes, filed] = await Promise.all([
    ask<Counted>(
      `SELECT authority, ${MONTH} AS month, reason AS fault, count() AS count, groupArray(${EXAMPLES})(id) AS examples
         FROM rejects FINAL WHERE ${IN_RANGE} AND reason IN ('bad-check-digit', 'bad-code-shape')
        GROUP BY authority, month, fault`,
    ),
    ask<Counted>(
      `SELECT authority, ${MONTH} AS month, 'legacy' AS fault, uniqExact(subject) AS count,
              groupUniqArray(${EXAMPLES})(subject) AS examples
         FROM observations WHERE ${IN_RANGE} AND facts['usccStatus'] = 'legacy' AND gone = 0
        GROUP BY authority, month`,
    ),
    ask<Counted>(
      `WITH named AS (${NAMED})
       SELECT authority, ${MONTH} AS month, 'one-code-several-names' AS fault, uniqExact(subject) AS count,
              groupUniqArray(${EXAMPLES})(subject) AS examples
         FROM named AS n
         LEFT JOIN (SELECT subject, groupUniqArrayIf(normal, registered) AS right, uniqExact(normal) AS different
                      FROM named GROUP BY subject) AS r ON r.subject = n.subject
        WHERE received >= {from:Int64} AND received < {until:Int64}
          AND if(empty(right), different > 1, NOT has(right, normal))
        GROUP BY authority, month`,
    ),
    ask<Counted>(
      `WITH named AS (${NAMED})
       SELECT authority, ${MONTH} AS month, 'one-name-several-codes' AS fault, uniqExact(subject) AS count,
              groupUniqArray(${EXAMPLES})(subject) AS examples
         FROM named
        WHERE received >= {from:Int64} AND received < {until:Int64}
          AND normal IN (SELECT normal FROM named GROUP BY normal HAVING uniqExact(subject) > 1)
        GROUP BY authority, month`,
    ),
    ask<{ authority: string; month: string; records: number }>(
      `SELECT authority, month, sum(records) AS records FROM (
         SELECT authority, ${MONTH} AS month, uniqExact(feed, record) AS records FROM observations
          WHERE ${IN_RANGE} GROUP BY authority, month
         UNION ALL
         SELECT authority, ${MONTH} AS month, count() AS records FROM rejects FINAL
          WHERE ${IN_RANGE} AND reason IN ('bad-check-digit', 'bad-code-shape') GROUP BY authority, month
       ) GROUP BY authority, month`,
    ),
  ])
  const records = new Map(filed.map((row) => [`${row.authority} ${row.month}`, row.records]))
  return [...rejected, ...legacy, ...names, ...codes]
    .map((line) => ({ ...line, records: records.get(`${line.authority} ${line.month}`) ?? 0 }))
    .sort((left, right) => compare(placeOf(left), placeOf(right)))
}

function placeOf({ month, authority, fault }: Counted): string {
  return `${month} ${authority} ${CODE_FAULTS.indexOf(fault)}`
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
