import type { Bilingual } from '../../core/bilingual.ts'
import { Rejected } from '../../core/errors.ts'
import type { EventLog } from '../../core/event-log.ts'
import { shortHash } from '../../core/hash.ts'
import type { History } from '../../core/history.ts'
import type { ObjectionOutcome, ObjectionStep, ToldAgain } from '../../core/objection.ts'
import type { Observation } from '../../core/observation.ts'
import type { Clock } from '../../core/time.ts'
import type { AddWorkingDays } from '../../core/working-days.ts'
import { type CaseJournal, createCaseJournal } from './case-journal.ts'
import { type Objection, type ObjectionRefusal, objectionsOf, stepObjection } from './objection.ts'
import { type ObjectionPolicy, objectionPolicyName, superiorOf, suspends } from './objection-policy.ts'
import {
  type CorrectedValues,
  correctedObservation,
  OBJECTIONS_FEED,
  type RetractionOf,
  retractionsOf,
} from './retraction.ts'
import { readTarget, readTouched, type TargetRecord } from './touched.ts'

export interface ObjectionPorts {
  readonly realm: string
  readonly log: EventLog
  readonly history: History
  readonly policy: ObjectionPolicy
  readonly addWorkingDays: AddWorkingDays
  /** The realm's own clock, UTC ms. */
  readonly now: () => number
  /** Free text without personal numbers: nothing else gets into the log. */
  readonly hide: (text: string) => string
  /** Wall time: when this system received what is entered. */
  readonly wall: Clock
}

export interface Filing {
  /** Observation id, or `feed/record/`. */
  readonly target: string
  /** The enterprise, or the token of a person. */
  readonly objector: string
  readonly ground: string
  /** Who must answer; the authority that filed the record where absent. */
  readonly authority?: string
  readonly by: string
}

export interface Ruling {
  readonly objection: string
  readonly outcome: ObjectionOutcome
  readonly reason: string
  /** Only where the outcome is `corrected`. */
  readonly values?: CorrectedValues
  readonly by: string
}

/** Objections of one realm. Errors of all: `Retryable` when log or history cannot be reached. */
export interface Objections {
  /** Errors: `Rejected` where the history holds no such record. */
  file(filing: Filing): Promise<Objection>
  /** Errors: `Rejected` for an unknown objection, one already decided, or values that do not fit the outcome. */
  decide(ruling: Ruling): Promise<Objection>
  list(): Promise<readonly Objection[]>
  show(objection: string): Promise<Objection | undefined>
  /**
   * Says of those whose time is over that they are late, each first to `tell`, which may hear of one again after a crash;
   * the same again says nothing.
   */
  markOverdue(tell: (objection: Objection) => Promise<void>): Promise<void>
  /** Says of a decided one who was told again; the same again says nothing. */
  markTold(objection: string, told: readonly ToldAgain[]): Promise<void>
}

const REFUSALS: Readonly<Record<ObjectionRefusal, Bilingual>> = {
  'not-filed': { zh: '没有这件异议', en: 'There is no such objection' },
  'already-filed': { zh: '该异议已登记', en: 'This objection is filed already' },
  'already-decided': { zh: '该异议已作出决定', en: 'This objection is decided already' },
  'not-decided': { zh: '该异议尚未决定', en: 'This objection is not decided yet' },
  'already-told': { zh: '该异议已告知', en: 'What came of this objection was told already' },
  'not-due': { zh: '该异议未到期或已标记逾期', en: 'This objection is not due, or marked already' },
}

export function createObjections(ports: ObjectionPorts): Objections {
  const { realm, history, policy, now } = ports
  const journal: CaseJournal<ObjectionStep> = createCaseJournal(ports.log, history, 'objection-step')
  const all = async () => objectionsOf(await journal.steps(realm))

  async function take(
    previous: Objection | undefined,
    step: ObjectionStep,
    observations: readonly Observation[] = [],
  ): Promise<Objection> {
    const turn = stepObjection(previous, step)
    if (turn.refused !== undefined) throw new Rejected(turn.refused, REFUSALS[turn.refused])
    await journal.append(step, observations)
    return turn.next
  }

  const stepOf = (objection: string, step: ObjectionStep['step'], at: number, by: string) =>
    ({ type: 'objection-step', realm, id: `objection/${objection}/${step}`, objection, at, by }) as const

  async function targetOf(target: string): Promise<TargetRecord> {
    const found = await readTarget(history, realm, target)
    if (found === undefined)
      throw new Rejected('unknown-record', { zh: `没有记录 ${target}`, en: `There is no record ${target}` })
    return found
  }

  const retraction = (
    objection: Omit<Objection, 'state'>,
    kind: RetractionOf['kind'],
    known: number,
  ): Omit<RetractionOf, 'enterprise'> => ({
    realm,
    feed: OBJECTIONS_FEED,
    kind,
    by: objection.id,
    target: objection.target,
    authority: objection.authority,
    known,
    received: ports.wall.now(),
  })

  /** What a ruling means for the record: taken back, replaced, or, where its use was suspended, used again. */
  function consequences(
    objection: Objection,
    record: TargetRecord,
    ruling: Ruling,
    at: number,
  ): readonly Observation[] {
    const { outcome, values } = ruling
    // Where the record has moved since it was suspended, that is lifted where it stood.
    const everyone = [objection.enterprise, ...record.enterprises]
    if ((outcome === 'corrected') !== (values !== undefined)) {
      throw new Rejected('wrong-values', {
        zh: '仅「部分成立」须给出更正值',
        en: 'Corrected values belong to the outcome corrected, and only there',
      })
    }
    if (outcome === 'rejected') {
      return objection.suspended ? retractionsOf(retraction(objection, 'withdrawal', at), everyone, 'lifted') : []
    }
    if (outcome === 'upheld') return retractionsOf(retraction(objection, 'withdrawal', at), everyone, 'final')
    const { observations, known } = record
    if (new Set(observations.map(({ id }) => id)).size > 1 || values === undefined) {
      throw new Rejected('wrong-target', {
        zh: '更正须针对单条监管事实',
        en: 'A correction concerns one observation: name it by its whole id',
      })
    }
    const received = ports.wall.now()
    const right = observations.map((wrong) =>
      correctedObservation(wrong, values, { by: objection.id, known, received }),
    )
    // Of the kind of the fold that takes back: the corrected fact comes beside it, known since the wrong one was.
    return [...retractionsOf(retraction(objection, 'correction', at), everyone, 'final'), ...right]
  }

  return {
    async file({ target, objector, ground, authority, by }) {
      const record = await targetOf(target)
      const at = now()
      const objection = shortHash(`${realm} ${target} ${objector} ${ground} ${at}`)
      const { at: due, provisional } = ports.addWorkingDays(at, policy.answer.workingDays)
      const filed: ObjectionStep = {
        ...stepOf(objection, 'filed', at, by),
        step: 'filed',
        target,
        enterprise: record.enterprises[0],
        objector,
        ground: ports.hide(ground),
        authority: authority ?? record.authority,
        due,
        provisional: provisional || policy.answer.provisional,
        policy: objectionPolicyName(policy),
        suspended: suspends(policy, record.kinds),
      }
      const made = stepObjection(undefined, filed).next
      const held =
        made?.suspended === true ? retractionsOf(retraction(made, 'withdrawal', at), record.enterprises, 'held') : []
      return take((await all()).get(objection), filed, held)
    },

    async decide(ruling) {
      const previous = (await all()).get(ruling.objection)
      if (previous === undefined) throw new Rejected('not-filed', REFUSALS['not-filed'])
      const at = now()
      const { outcome, reason, by } = ruling
      const record = await targetOf(previous.target)
      const observations = consequences(previous, record, ruling, at)
      const touched = await readTouched(history, realm, previous.target, record)
      const step: ObjectionStep = {
        ...stepOf(previous.id, 'decided', at, by),
        step: 'decided',
        outcome,
        reason: ports.hide(reason),
        touched,
      }
      return take(previous, step, observations)
    },

    list: async () => [...(await all()).values()],
    show: async (objection) => (await all()).get(objection),

    async markOverdue(tell) {
      const at = now()
      const late = [...(await all()).values()].filter(({ state, due }) => state === 'filed' && due <= at)
      for (const objection of late) {
        const superior = superiorOf(policy, objection.authority)
        await tell({ ...objection, state: 'overdue', superior })
        await take(objection, { ...stepOf(objection.id, 'overdue', at, 'clock'), step: 'overdue', superior })
      }
    },

    async markTold(id, told) {
      const previous = (await all()).get(id)
      await take(previous, { ...stepOf(id, 'told', now(), 'clock'), step: 'told', told })
    },
  }
}
