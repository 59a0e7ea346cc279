import { Rejected } from '../../core/errors.ts'
import { shortHash } from '../../core/hash.ts'
import type { ToldAgain } from '../../core/objection.ts'
import type { Observation } from '../../core/observation.ts'
import type { RepairProof, RepairStep } from '../../core/repair.ts'
import type { Selectable } from '../../core/selection.ts'
import { toLocalIso } from '../../core/time.ts'
import { type CaseJournal, createCaseJournal } from '../objections/case-journal.ts'
import type { ObjectionPorts } from '../objections/objections.ts'
import { REPAIRS_FEED, retractionsOf } from '../objections/retraction.ts'
import { readTarget, readTouched, type TargetRecord } from '../objections/touched.ts'
import { compileDisplayTerms, factsRead } from './display-terms.ts'
import { REFUSALS, type Repair, repairsOf, stepRepair } from './repair.ts'
import { type RepairRules, type Severity, severityOf } from './rule-set.ts'
import { isShown } from './still-shown.ts'

export interface RepairPorts extends Omit<ObjectionPorts, 'policy'> {
  readonly rules: RepairRules
  readonly zoneOffsetMinutes: number
}

/** Repairs of one realm. Errors of all: `Retryable` when log or history cannot be reached, `Rejected` for what may not be. */
export interface Repairs {
  /** Errors: `Rejected` with code `not-repairable` for records of which there is nothing to repair. */
  open(asked: { readonly target: string; readonly severity?: Severity; readonly by: string }): Promise<Repair>
  bring(asked: {
    readonly repair: string
    readonly proof: RepairProof
    readonly document: string
    readonly by: string
  }): Promise<Repair>
  /** Errors: `Rejected` with code `too-early`, which names the date from which it may be asked, or `proof-missing`. */
  request(asked: { readonly repair: string; readonly by: string }): Promise<Repair>
  answer(asked: {
    readonly repair: string
    readonly granted: boolean
    readonly reason: string
    readonly by: string
  }): Promise<Repair>
  /** Says of a granted one, by a document, that the record is shown no more. */
  stopped(asked: { readonly repair: string; readonly document: string; readonly by: string }): Promise<Repair>
  /** Says of a granted one that measures are lifted and who was told again. */
  markLifted(repair: string, told: readonly ToldAgain[]): Promise<Repair>
  list(): Promise<readonly Repair[]>
  show(repair: string): Promise<Repair | undefined>
  /**
   * Says of those that are not answered in time that they are late, each first to `tell`, which may hear of one again
   * after a crash; the same again says nothing.
   */
  markOverdue(tell: (repair: Repair) => Promise<void>): Promise<void>
  /**
   * Says of granted ones that their record is shown no more where its source has taken it back, and of those that are
   * shown after their day that they are, each first to `tell`; the same again says nothing.
   */
  markStopped(tell: (repair: Repair) => Promise<void>): Promise<void>
  /** Ends those whose longest display period is over; the same again ends nothing. */
  endDue(): Promise<readonly Repair[]>
}

export interface RepairCasePorts extends RepairPorts {
  /** Who is told when an authority is late. */
  readonly superiorOf: (authority: string) => string
}

export function createRepairs(ports: RepairCasePorts): Repairs {
  const { realm, history, now, rules, zoneOffsetMinutes } = ports
  const journal: CaseJournal<RepairStep> = createCaseJournal(ports.log, history, 'repair-step')
  const all = async () => repairsOf(await journal.steps(realm))
  const day = (instant: number) => toLocalIso(instant, zoneOffsetMinutes).slice(0, 10)

  async function known(repair: string): Promise<Repair> {
    const found = (await all()).get(repair)
    if (found === undefined) throw new Rejected('not-opened', REFUSALS['not-opened'])
    return found
  }

  async function take(
    previous: Repair | undefined,
    step: RepairStep,
    observations: readonly Observation[] = [],
  ): Promise<Repair> {
    const turn = stepRepair(previous, step)
    if (turn.refused !== undefined) throw new Rejected(turn.refused, REFUSALS[turn.refused])
    await journal.append(step, observations)
    return turn.next
  }

  /** A request and its answer may come again after a refusal: those steps are told apart by their instant. */
  const stepOf = (repair: string, step: RepairStep['step'], at: number, by: string) =>
    ({ type: 'repair-step', realm, id: `repair/${repair}/${step}/${at}`, repair, at, by }) as const

  function usedNoMore({ id, target, authority }: Repair, enterprises: readonly string[], at: number): Observation[] {
    const record = { realm, feed: REPAIRS_FEED, kind: 'repair', target, authority } as const
    return retractionsOf({ ...record, by: id, known: at, received: ports.wall.now() }, enterprises, 'final')
  }

  const termsOf = compileDisplayTerms(rules, zoneOffsetMinutes)
  const read = factsRead(rules)

  return {
    async open({ target, severity, by }) {
      const record = await readTarget(history, realm, target)
      if (record === undefined)
        throw new Rejected('unknown-record', { zh: `没有记录 ${target}`, en: `There is no record ${target}` })
      const at = now()
      const repair = shortHash(`${realm} ${target} repair ${at}`)
      const displayed = {
        severity: severity ?? severityOf(record.severity),
        causes: [...new Set(record.observations.map(({ cause }) => cause))],
        dated: record.decided > 0 ? record.decided : record.known,
        shown: shownOf(record, read),
      }
      const { repairable, earliest } = termsOf(displayed, at)
      if (!repairable) {
        throw new Rejected('not-repairable', {
          zh: `这类记录不是失信信息,无需修复:${target}`,
          en: `Of such a record there is nothing to repair: ${target}`,
        })
      }
      const { authority, enterprises } = record
      const place = { target, enterprise: enterprises[0], authority }
      return take((await all()).get(repair), {
        ...stepOf(repair, 'opened', at, by),
        ...{ step: 'opened', ...place, ...displayed, earliest },
      })
    },

    async bring({ repair, proof, document, by }) {
      return take(await known(repair), {
        ...stepOf(repair, proof, now(), by),
        step: proof,
        document: ports.hide(document),
      })
    },

    async request({ repair, by }) {
      const previous = await known(repair)
      const at = now()
      const { set, earliest, rules, answer, provisional: unsettled } = termsOf(previous, at)
      if (at < earliest) {
        throw new Rejected('too-early', {
          zh: `未满最短公示期,${day(earliest)} 起可以申请(${set.name.zh})`,
          en: `Before the shortest display period: it may be asked from ${day(earliest)} (${set.name.en})`,
        })
      }
      const missing = set.requires.filter((proof) => previous.proofs[proof] === undefined)
      if (missing.length > 0) {
        throw new Rejected('proof-missing', {
          zh: `尚缺材料:${missing.join('、')}`,
          en: `Still missing: ${missing.join(', ')}`,
        })
      }
      const { at: due, provisional } = ports.addWorkingDays(at, answer.workingDays)
      return take(previous, {
        ...stepOf(repair, 'requested', at, by),
        step: 'requested',
        rules,
        earliest,
        due,
        provisional: provisional || unsettled || answer.provisional,
      })
    },

    async answer({ repair, granted, reason, by }) {
      const previous = await known(repair)
      const at = now()
      if (!granted)
        return take(previous, { ...stepOf(repair, 'declined', at, by), step: 'declined', reason: ports.hide(reason) })
      // By the rules under which it was asked, though others may have come into force since.
      const asked = previous.rules.split('/')[0]
      const set = rules.sets.find(({ id }) => id === asked) ?? termsOf(previous, at).set
      const { at: stopBy, provisional } = ports.addWorkingDays(at, set.stopDisplay.workingDays)
      const record = await readTarget(history, realm, previous.target)
      if (record === undefined)
        throw new Rejected('unknown-record', {
          zh: `没有记录 ${previous.target}`,
          en: `There is no record ${previous.target}`,
        })
      const touched = await readTouched(history, realm, previous.target, record)
      return take(
        previous,
        {
          ...stepOf(repair, 'granted', at, by),
          step: 'granted',
          stopBy,
          provisional: provisional || set.stopDisplay.provisional,
          reason: ports.hide(reason),
          touched,
        },
        usedNoMore(previous, record.enterprises, at),
      )
    },

    async stopped({ repair, document, by }) {
      return take(await known(repair), {
        ...stepOf(repair, 'stopped', now(), by),
        step: 'stopped',
        document: ports.hide(document),
      })
    },

    async markStopped(tell) {
      const at = now()
      for (const repair of (await all()).values()) {
        const { id, target, authority, state, stopped, stopBy, stillShown } = repair
        if ((state !== 'granted' && state !== 'lifted') || stopped > 0) continue
        if (at >= termsOf(repair, at).latest || !(await isShown(history, realm, target))) {
          await take(repair, { ...stepOf(id, 'stopped', at, 'clock'), step: 'stopped', document: '' })
        } else if (at >= stopBy && stillShown === '') {
          const superior = ports.superiorOf(authority)
          await tell({ ...repair, stillShown: superior })
          await take(repair, { ...stepOf(id, 'still-shown', at, 'clock'), step: 'still-shown', superior })
        }
      }
    },

    async markLifted(repair, told) {
      return take(await known(repair), { ...stepOf(repair, 'lifted', now(), 'clock'), step: 'lifted', told })
    },

    list: async () => [...(await all()).values()],
    show: async (repair) => (await all()).get(repair),

    async markOverdue(tell) {
      const late = [...(await all()).values()].filter(({ state, due }) => state === 'requested' && due <= now())
      for (const repair of late) {
        const { id, due, authority } = repair
        const superior = ports.superiorOf(authority)
        await tell({ ...repair, state: 'overdue', superior })
        await take(repair, { ...stepOf(id, 'overdue', due, 'clock'), step: 'overdue', superior })
      }
    },

    async endDue() {
      const at = now()
      const ended: Repair[] = []
      for (const repair of (await all()).values()) {
        if (repair.state === 'granted' || repair.state === 'lifted' || repair.state === 'ended') continue
        const { rules, used, latest } = termsOf(repair, at)
        if (at < latest) continue
        const step: RepairStep = { ...stepOf(repair.id, 'ended', latest, 'clock'), step: 'ended', rules }
        const record = used ? undefined : await readTarget(history, realm, repair.target)
        ended.push(await take(repair, step, record === undefined ? [] : usedNoMore(repair, record.enterprises, at)))
      }
      return ended
    },
  }
}

/** The one that is displayed, of a record with several parts; of its facts those alone that rules read. */
function shownOf({ observations }: TargetRecord, read: ReadonlySet<string>): Selectable {
  const { kind, feed, cause, trust, facts } = observations.find((one) => one.kind === 'penalty') ?? observations[0]
  const own = Object.entries(facts).filter(([fact]) => read.has(fact))
  return { kind, feed, cause, trust, facts: Object.fromEntries(own) }
}
