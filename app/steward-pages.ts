import type { StewardPages } from '../adapters/http/steward-page-routes.ts'
import type { History } from '../core/history.ts'
import { type Clock, toLocalIso } from '../core/time.ts'
import type { RealmCard, RealmNames } from '../dashboards/board-model.ts'
import type { CasesPage, CodesPage, ObjectionRow, RepairRow, StewardFrame } from '../dashboards/steward-model.ts'
import { readRejectsPage } from '../dashboards/steward-rejects.ts'
import { codeReport } from '../ingest/identity/code-report.ts'
import type { Objection } from '../ingest/objections/objection.ts'
import type { Repair } from '../ingest/repair/repair.ts'
import type { Cases } from './cases.ts'
import type { PolicySet } from './policies.ts'

export interface StewardPageParts {
  readonly history: History
  readonly clock: Clock
  /** `undefined` where there is no such realm. */
  readonly realm: (
    realm: string,
  ) => { readonly set: PolicySet; readonly card: RealmCard; readonly names: RealmNames } | undefined
  readonly cases: (set: PolicySet) => Promise<Cases>
}

/** What several browsers ask within so long is read once. */
const SHARED_MS = 5_000
const MONTHS = 6
const MOST_ROWS = 200

/** The pages of stewards and officers out of the history, and of the log where cases are newer. */
export function createStewardPages({ history, clock, realm, cases }: StewardPageParts): StewardPages {
  function page<Page>(
    read: (frame: StewardFrame, set: PolicySet) => Promise<Page>,
  ): (name: string) => Promise<Page | undefined> {
    const shared = new Map<string, { readonly at: number; readonly page: Promise<Page> }>()
    return async (name) => {
      const found = realm(name)
      if (found === undefined) return undefined
      const at = clock.now()
      const before = shared.get(name)
      if (before !== undefined && at - before.at < SHARED_MS) return before.page
      const { set, card, names } = found
      const frame = {
        ...card,
        names: { feeds: names.feeds, causes: names.causes },
        authorities: names.authorities,
        at,
      }
      const reading = read(frame, set)
      shared.set(name, { at, page: reading })
      // A failure is everybody's who asked with it, and nobody's afterwards.
      reading.catch(() => shared.delete(name))
      return reading
    }
  }

  return {
    rejects: page((frame) => readRejectsPage(history, frame)),

    cases: page(async (frame, set) => {
      const { objections, repairs, displays, listings } = await cases(set)
      const [filed, asked, ended, late] = await Promise.all([
        objections.list(),
        repairs.list(),
        displays.list(MOST_ROWS),
        listings.list(MOST_ROWS),
      ])
      return casesPage(frame, { filed, asked, ended, late })
    }),

    codes: page(async (frame) => {
      const { realm: name, zoneOffsetMinutes, at } = frame
      const months = monthsUntil(at, zoneOffsetMinutes)
      const from = Date.parse(`${months[0]}-01T00:00:00Z`) - zoneOffsetMinutes * 60_000
      const lines = await codeReport(history, name, zoneOffsetMinutes, { from, until: at + 1 })
      return { ...frame, months, lines } satisfies CodesPage
    }),
  }
}

interface Listed {
  readonly filed: readonly Objection[]
  readonly asked: readonly Repair[]
  readonly ended: Awaited<ReturnType<Cases['displays']['list']>>
  readonly late: Awaited<ReturnType<Cases['listings']['list']>>
}

function casesPage(
  frame: StewardFrame,
  { filed: objections, asked: repairs, ended: displays, late }: Listed,
): CasesPage {
  const isOpen = ({ state }: Pick<Objection, 'state'>) => state === 'filed' || state === 'overdue'
  const isAsked = ({ state }: Pick<Repair, 'state'>) => state === 'open' || state === 'requested' || state === 'overdue'
  const isStillShown = ({ stillShown, stopped }: Repair) => stillShown !== '' && stopped === 0
  const isLate = (repair: Repair) => repair.state === 'overdue' || isStillShown(repair)
  const byDue = objections.toSorted(
    (left, right) =>
      Number(isOpen(right)) - Number(isOpen(left)) || (isOpen(left) ? left.due - right.due : right.filed - left.filed),
  )
  const byAge = repairs.toSorted(
    (left, right) =>
      Number(isLate(right)) - Number(isLate(left)) ||
      Number(isAsked(right)) - Number(isAsked(left)) ||
      right.opened - left.opened,
  )
  return {
    ...frame,
    totals: {
      unanswered: objections.filter(isOpen).length,
      overdue: objections.filter(({ state }) => state === 'overdue').length,
      suspended: objections.filter(({ suspended }) => suspended).length,
      asked: repairs.filter(isAsked).length,
      granted: repairs.filter(({ state }) => state === 'granted' || state === 'lifted').length,
      ended: displays.length,
      stillShown: repairs.filter(isStillShown).length + late.length,
    },
    objections: byDue.slice(0, MOST_ROWS).map(objectionRow),
    repairs: byAge.slice(0, MOST_ROWS).map(repairRow),
    displays: displays.map(({ target, enterprise, authority, provisional, rules, dated, at, used }) => {
      return { target, enterprise: enterpriseOf(enterprise), authority, provisional, rules, dated, at, used }
    }),
    listings: late.map(({ target, enterprise, authority, provisional, since, due }) => {
      return { target, enterprise: enterpriseOf(enterprise), authority, provisional, since, due }
    }),
  }
}

function objectionRow(objection: Objection): ObjectionRow {
  const { id, state, target, authority, filed, due, provisional, suspended, outcome, touched } = objection
  const ground = objection.ground.replaceAll(TOKEN, '…')
  const { points = 0, warnings = [], receivers = [] } = touched ?? {}
  const told = new Set(receivers.map(({ receiver }) => receiver)).size
  return {
    ...{ id, state, target, authority, ground, filed, due, provisional, suspended },
    enterprise: enterpriseOf(objection.enterprise),
    byPerson: enterpriseOf(objection.objector) === '',
    outcome: outcome ?? '',
    moved: [points, warnings.length, told],
  }
}

function repairRow(repair: Repair): RepairRow {
  const { id, state, target, authority, severity, opened, earliest, due, stopBy, provisional, proofs } = repair
  const brought = (['promise', 'training', 'proof'] as const).filter((proof) => proofs[proof] !== undefined)
  return {
    ...{ id, state, target, authority, severity, opened, earliest, due, stopBy, provisional, brought },
    stopped: repair.stopped > 0,
    stillShown: repair.stillShown !== '' && repair.stopped === 0,
    enterprise: enterpriseOf(repair.enterprise),
  }
}

/** What a person's number has become in a text. */
const TOKEN = /tk:[0-9a-f]{20}/g

/** Persons are tokens, of which a page shows nothing. */
function enterpriseOf(subject: string): string {
  return /^(?!person:|tk:)[a-z][a-z0-9-]*:/.test(subject) ? subject : ''
}

function monthsUntil(at: number, zoneOffsetMinutes: number): string[] {
  const [year = 0, month = 1] = toLocalIso(at, zoneOffsetMinutes).slice(0, 7).split('-').map(Number)
  return Array.from({ length: MONTHS }, (_, i) => {
    return new Date(Date.UTC(year, month - MONTHS + i, 1)).toISOString().slice(0, 7)
  })
}
