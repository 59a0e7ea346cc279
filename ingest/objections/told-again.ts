import type { Bilingual } from '../../core/bilingual.ts'
import type { History } from '../../core/history.ts'
import type { ToldAgain, Touched } from '../../core/objection.ts'
import type { Notice, Warning } from '../../core/warning.ts'
import type { Objection } from './objection.ts'

export interface Telling {
  /** To be sent: corrections of what receivers were told of warnings that no longer change. */
  readonly notices: readonly Notice[]
  /** Everyone who is told again, each of each warning once, also those whom the warning itself has told. */
  readonly told: readonly ToldAgain[]
}

interface Sent {
  readonly warning: string
  readonly receiver: string
  readonly id: string
}

/** A record that is used no more, or otherwise: an objection upheld, whole or in part, or a repair granted. */
export interface Settled {
  readonly realm: string
  /** Id of the objection or the repair. */
  readonly id: string
  readonly target: string
  /** What the record had moved before. */
  readonly touched: Touched
  /** UTC ms of the realm's clock. */
  readonly decided: number
  readonly because: 'upheld' | 'corrected' | 'repaired'
}

/**
 * Who is told again: whoever was sent a notice of a warning that the record moved. Where the
 * warning changed by it, that notice told them; where it was over already, they get a correction of what they were told.
 * To be asked only when what follows from the decision has been judged. Errors: `Retryable` from the history.
 */
export async function tellAgain(history: History, settled: Settled): Promise<Telling> {
  const { realm, touched, decided } = settled
  const ids = [...new Set(touched.receivers.map(({ warning }) => warning))]
  const [sent, rows] = await Promise.all([
    history.query<Sent>(
      `SELECT DISTINCT warning, receiver, id FROM notices
       WHERE realm = {realm:String} AND warning IN {ids:Array(String)} ORDER BY id`,
      { realm, ids },
    ),
    history.query<Warning>(
      `SELECT * FROM warnings WHERE realm = {realm:String} AND id IN {ids:Array(String)}
       ORDER BY revision DESC LIMIT 1 BY id`,
      { realm, ids },
    ),
  ])
  const before = new Map(touched.warnings.map(({ id, revision }) => [id, revision]))
  const byAlert = new Map<string, string>()
  for (const { warning, receiver, id } of sent) {
    if (revisionIn(id, warning) > (before.get(warning) ?? 0)) byAlert.set(`${warning} ${receiver}`, id)
  }
  const warnings = new Map(rows.map((row) => [row.id, row]))
  const notices: Notice[] = []
  const told = touched.receivers.flatMap(({ warning: id, receiver }): ToldAgain[] => {
    const already = byAlert.get(`${id} ${receiver}`)
    if (already !== undefined) return [{ warning: id, receiver, notice: already }]
    const warning = warnings.get(id)
    if (warning === undefined) return []
    const notice = `${id}/${settled.because}/${settled.id}/${receiver}`
    notices.push({ realm, id: notice, warning: corrected(warning, settled), receiver, made: decided })
    return [{ warning: id, receiver, notice }]
  })
  return { notices, told }
}

/** A notice is named `warning/revision/receiver`; 0 for one that is named otherwise. */
function revisionIn(notice: string, warning: string): number {
  const revision = Number(notice.slice(warning.length + 1).split('/', 1)[0])
  return Number.isInteger(revision) ? revision : 0
}

const BECAUSE: Readonly<Record<Settled['because'], Bilingual>> = {
  upheld: { zh: '异议成立,所依据的记录已撤销', en: 'An objection was upheld and the record taken back' },
  corrected: { zh: '异议部分成立,所依据的记录已更正', en: 'An objection was upheld in part and the record corrected' },
  repaired: { zh: '信用已修复,所依据的记录不再使用', en: 'Credit was repaired and the record is used no more' },
}

function corrected(row: Warning, { because, target, id }: Settled): Warning {
  const { zh, en } = BECAUSE[because]
  const reason = {
    zh: `${zh},以本次为准(记录 ${target},案件 ${id})`,
    en: `${en}; this replaces what you had (record ${target}, case ${id})`,
  }
  return { ...row, raised: Number(row.raised), changed: Number(row.changed), reason }
}

/** What there is to tell again of an objection; `undefined` where it changed nothing or has been told. */
export function settledBy(objection: Objection): Settled | undefined {
  const { realm, id, target, touched, decided, outcome, state } = objection
  if (state !== 'decided' || touched === null || outcome === null || outcome === 'rejected') return undefined
  return { realm, id, target, touched, decided, because: outcome }
}

/** What an authority has not done in time. */
export type OverdueCase = Pick<
  Objection,
  'realm' | 'id' | 'enterprise' | 'authority' | 'superior' | 'due' | 'target'
> & { readonly kind: 'objection' | 'repair' | 'display' | 'removal' }

const CASES: Readonly<Record<OverdueCase['kind'], Bilingual>> = {
  objection: { zh: '逾期未答复异议', en: 'has not answered the objection' },
  repair: { zh: '逾期未答复信用修复申请', en: 'has not answered the request for repair' },
  display: { zh: '准予修复后逾期未停止公示,修复', en: 'has not stopped showing what was repaired, by repair' },
  removal: {
    zh: '主体已履行,逾期未移出名单,编号',
    en: 'has not taken off its list who has fulfilled the duty, number',
  },
}

/** To the superior of the authority whose time is over; the same case gives the same notice. */
export function overdueNotice({ kind, realm, id, enterprise, authority, superior, due, target }: OverdueCase): Notice {
  const { zh, en } = CASES[kind]
  const warning: Warning = {
    realm,
    id: `${realm}/${kind}/${id}`,
    kind: 'enterprise',
    level: 'yellow',
    state: 'open',
    subject: enterprise,
    name: '',
    district: '',
    industries: [],
    cause: `${kind}-overdue`,
    risk: 0,
    measure: '',
    reason: {
      zh: `${authority} ${zh} ${id}(记录 ${target})`,
      en: `${authority} ${en} ${id}, in time (record ${target})`,
    },
    evidence: [target],
    enterprises: [enterprise],
    receiver: superior,
    raised: due,
    changed: due,
    revision: 1,
  }
  return { realm, id: `${warning.id}/overdue/${superior}`, warning, receiver: superior, made: due }
}
