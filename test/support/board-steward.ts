import type { StewardPages } from '../../adapters/http/steward-page-routes.ts'
import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'
import { DAY_MS, HOUR_MS, toLocalIso } from '../../core/time.ts'
import type {
  CasesPage,
  CodeLine,
  CodesPage,
  ObjectionRow,
  RejectsPage,
  RepairRow,
  StewardFrame,
} from '../../dashboards/steward-model.ts'
import { CITY_CARD, CITY_NAMES, enterpriseOf } from './board-city.ts'
import { dice } from './board-fixture.ts'

const AUTHORITIES: Readonly<Record<string, Bilingual>> = {
  'market-supervision': { zh: '市场监管局', en: 'Market supervision' },
  ecology: { zh: '生态环境局', en: 'Ecology' },
  emergency: { zh: '应急管理局', en: 'Emergency' },
  housing: { zh: '住建局', en: 'Housing' },
  transport: { zh: '交通运输局', en: 'Transport' },
  'human-resources': { zh: '人社局', en: 'Human resources' },
  'culture-tourism': { zh: '文旅局', en: 'Culture tourism' },
}
const NAMED = Object.keys(AUTHORITIES)

const KINDS: readonly (readonly [feed: string, reason: RejectReason, shape: string, open: number, ended: number])[] = [
  ['penalty-records', 'bad-check-digit', 'CF_XDR_SHXYM: check digit "…" is not the one that the code gives', 214, 96],
  ['permit-records', 'bad-date', 'XK_JDRQ: "…" is no date of yyyy-MM-dd', 131, 402],
  ['emission-monitors', 'bad-checksum', 'the CRC behind the data is not its CRC', 77, 0],
  ['complaints-12345', 'unknown-code', 'topic: "…" stands in no table', 58, 31],
  ['kitchen-cameras', 'unbound-device', 'camera: nobody is bound to "…" on that day', 44, 1260],
  ['penalty-records', 'missing-value', 'CF_WSH: missing', 29, 12],
  ['gas-sensors', 'implausible-value', 'gas: # %LEL is more than any instrument shows', 17, 5],
  ['commitments', 'impossible-time', 'known: lies # d ahead', 9, 0],
  ['court-listings', 'needs-review', 'iname: a name and no number; # enterprises have it', 8, 61],
  ['permit-records', 'unreadable-archive', 'not a readable gzip: unexpected end of file', 1, 0],
  ['power-use', 'wrong-columns', 'columns missing: month, kwh', 0, 730],
]

const GROUNDS = [
  '处罚决定已被复议机关撤销，请核对文书并更正',
  '记录主体与本单位同名，统一社会信用代码不同',
  '罚款金额与决定书不符，应为伍仟元',
  '该许可已于到期前延续，记录未更新',
  '违法行为已整改并验收，公示信息仍显示未整改',
]

/** Pages of the made-up city: a day's work of a steward and of an officer, the same for the same instant. */
export function fixtureStewardPages(now: () => number): StewardPages {
  const frame = (): StewardFrame => {
    return { ...CITY_CARD, names: CITY_NAMES, authorities: AUTHORITIES, at: now() }
  }
  const isKnown = (realm: string) => realm === CITY_CARD.realm
  return {
    rejects: async (realm) => (isKnown(realm) ? rejects(frame()) : undefined),
    cases: async (realm) => (isKnown(realm) ? cases(frame()) : undefined),
    codes: async (realm) => (isKnown(realm) ? codes(frame()) : undefined),
  }
}

function rejects(frame: StewardFrame): RejectsPage {
  const { at, zoneOffsetMinutes } = frame
  const days = Array.from({ length: 30 }, (_, i) => {
    const day = toLocalIso(at - (29 - i) * DAY_MS, zoneOffsetMinutes).slice(0, 10)
    return [day, Math.round(dice(i, 1) * 8 * (i / 8)), Math.round(dice(i, 2) * 90 * (1 - i / 45))] as const
  })
  const groups = KINDS.map(([feed, reason, shape, open, ended], i) => {
    return {
      feed,
      reason,
      shape,
      open,
      ended,
      first: at - 20 * DAY_MS,
      last: at - Math.round(dice(i, 3) * 40) * HOUR_MS,
    }
  })
  const open = groups.reduce((sum, group) => sum + group.open, 0)
  const ended = groups.reduce((sum, group) => sum + group.ended, 0)
  const newest = Array.from({ length: 30 }, (_, i) => {
    const [feed = '', reason = 'bad-date'] = KINDS[i % 9] ?? []
    const authority = i % 4 === 0 ? '' : (NAMED[i % NAMED.length] ?? '')
    const place = { source: `${feed}-2026-11.csv`, line: 12 + i * 41, authority, received: at - i * 900_000 }
    return { id: `${feed}/${(0xa0b1c2d3 + i * 7919).toString(16)}`, feed, reason, ...place }
  })
  const totals = { open, ended, today: 38, feeds: 9, soonest: at + 46 * DAY_MS }
  return { ...frame, totals, days, groups, newest }
}

function cases(frame: StewardFrame): CasesPage {
  const { at } = frame
  const about = (i: number) => ({
    target: `penalty-records/${(0xb1c2d3e4 + i * 104_729).toString(16)}/penalty`,
    enterprise: i === 3 ? '' : enterpriseOf(i * 7 + 3).enterprise,
    authority: NAMED[(i * 3) % NAMED.length] ?? '',
    provisional: i % 6 === 4,
  })
  const objections = Array.from({ length: 18 }, (_, i): ObjectionRow => {
    const state = i < 2 ? 'overdue' : i < 9 ? 'filed' : i < 11 ? 'decided' : 'told'
    const isOpen = i < 9
    const due = isOpen ? at + (i - 2) * 1.4 * DAY_MS : at - (i - 6) * 3 * DAY_MS
    const outcome = isOpen ? '' : i % 3 === 0 ? 'rejected' : i % 3 === 1 ? 'upheld' : 'corrected'
    const moved = isOpen ? ([0, 0, 0] as const) : ([4 + i, i % 3, i % 3] as const)
    const rest = { byPerson: i === 3, ground: GROUNDS[i % GROUNDS.length] ?? '', filed: due - 9 * DAY_MS, due }
    return { id: `o-${i}`, state, ...about(i), ...rest, suspended: isOpen && i % 3 === 0, outcome, moved }
  })
  const repairs = Array.from({ length: 9 }, (_, i): RepairRow => {
    const state = i < 3 ? 'open' : i < 5 ? 'requested' : i < 7 ? 'granted' : i === 7 ? 'declined' : 'lifted'
    const brought = (['promise', 'training', 'proof'] as const).slice(0, Math.min(i, 3))
    const severity = i % 4 === 0 ? 'serious' : 'general'
    const dates = {
      opened: at - i * 6 * DAY_MS,
      earliest: at + 20 * DAY_MS,
      due: at + 5 * DAY_MS,
      stopBy: at + 3 * DAY_MS,
    }
    const shown = { stopped: i === 8, stillShown: i === 6 }
    return { id: `r-${i}`, state, ...about(i + 40), severity, brought, ...dates, ...shown }
  })
  const displays = Array.from({ length: 12 }, (_, i) => {
    const { target, enterprise, authority, provisional } = about(i + 80)
    const dated = at - (3 * 365 + i * 2) * DAY_MS
    return {
      target,
      enterprise,
      authority,
      provisional,
      rules: 'ndrc-36-2026',
      dated,
      at: at - i * 2 * DAY_MS,
      used: i % 5 === 0,
    }
  })
  const totals = {
    unanswered: 9,
    overdue: 2,
    suspended: 3,
    asked: 5,
    granted: 3,
    ended: displays.length,
    stillShown: 3,
  }
  const listings = [0, 1].map((i) => {
    const place = { ...about(i + 120), target: `court-bulletins/${(0xc1d2e3f4 + i * 7919).toString(16)}/listing` }
    return { ...place, authority: 'intermediate-court', since: at - (9 - i) * DAY_MS, due: at - (4 - i) * DAY_MS }
  })
  return { ...frame, totals, objections, repairs, displays, listings }
}

function codes(frame: StewardFrame): CodesPage {
  const [year = 2026, month = 11] = toLocalIso(frame.at, 480).slice(0, 7).split('-').map(Number)
  const months = Array.from({ length: 6 }, (_, i) =>
    new Date(Date.UTC(year, month - 6 + i, 1)).toISOString().slice(0, 7),
  )
  const FAULTS = [
    'bad-check-digit',
    'bad-code-shape',
    'legacy',
    'one-code-several-names',
    'one-name-several-codes',
  ] as const
  const lines = months.flatMap((one, m) =>
    NAMED.flatMap((authority, a) =>
      FAULTS.flatMap((fault, f): CodeLine[] => {
        const count = Math.floor(dice(m * 7 + a, f) * (f === 2 ? 3 : 34 - m * 4) * (a === 4 ? 2 : 1))
        if (count === 0 || (f === 1 && a % 2 === 0)) return []
        const records = 900 + a * 310 + m * 40
        const examples = Array.from(
          { length: Math.min(4, count) },
          (_, i) => enterpriseOf(m * 31 + a * 5 + f + i * 2).enterprise,
        )
        return [{ authority, month: one, fault, count, records, examples }]
      }),
    ),
  )
  return { ...frame, months, lines }
}
