import type { DrawInspector } from '../core/decision.ts'
import { Refusal, Rejected } from '../core/errors.ts'
import type { EventLog } from '../core/event-log.ts'
import { canonicalJson, shortHash } from '../core/hash.ts'
import type { History } from '../core/history.ts'
import type { Jobs } from '../core/jobs.ts'
import type { Present } from '../core/present.ts'
import { toLocalIso } from '../core/time.ts'
import { readCandidates } from './candidates.ts'
import { createDecisionJournal, type DrawCommitted, type DrawOpened, drawId, type PlanSet } from './decision-journal.ts'
import { canonicalSubject, draw, rosterHash, seedCommitment } from './draw.ts'
import { type Plan, planPeriod } from './plan.ts'
import { type SamplingPolicy, samplingPolicyName } from './sampling-policy.ts'
import type { SeedStore } from './seed-store.ts'

export interface InspectedRealm {
  readonly realm: string
  readonly zoneOffsetMinutes: number
  readonly policy: SamplingPolicy
  /** What the realm's letters mean: has to be the policy's scheme, or a version of it (`fengsui-abcd-1`). */
  readonly classScheme: string
  /** Empty where the realm has none: capacity then limits nothing, and every visit is drawn unstaffed. */
  readonly inspectors: readonly DrawInspector[]
  /** The realm's own clock, UTC ms. */
  now(): number
}

export interface InspectionPorts {
  readonly log: EventLog
  readonly history: History
  readonly present: Present
  readonly seeds: SeedStore
  /** 32 random bytes as lower-case hex. */
  randomSeed(): string
  readonly realms: ReadonlyMap<string, InspectedRealm>
}

export interface Planned {
  readonly plan: PlanSet
  /** Absent where the period was already committed: its plan no longer moves. */
  readonly computed: Plan | undefined
}

export interface Drawn {
  readonly committed: DrawCommitted
  readonly opened: DrawOpened
}

export interface InspectionRequest {
  readonly work: 'inspections'
  readonly realm: string
  /** `2026-11`; the month of the realm's clock where absent. */
  readonly period?: string
  readonly draw: boolean
}

export interface Inspections {
  /**
   * Sets the plan of a month anew, as long as its draw is not committed. The same again says nothing new.
   * Errors: `Rejected` for an unknown realm or month; `Refusal` where the class scheme is not the policy's.
   */
  recalculate(realm: string, period: string): Promise<Planned>
  /**
   * Commits and opens the draw of a month, once for ever. Killed in between, the next call resumes with the same seed.
   * Errors: `Rejected` where nobody can be drawn; `Refusal` where the sealed seed is gone or was exchanged.
   */
  drawPeriod(realm: string, period: string): Promise<Drawn>
  handle(request: InspectionRequest): Promise<void>
}

/** The month of an instant in a realm's zone: `2026-11`. */
export function periodOf(instant: number, zoneOffsetMinutes: number): string {
  return toLocalIso(instant, zoneOffsetMinutes).slice(0, 7)
}

export function createInspections(ports: InspectionPorts): Inspections {
  const { history, present, seeds } = ports
  const journal = createDecisionJournal(ports.log, history)

  function realmOf(name: string): InspectedRealm {
    const realm = ports.realms.get(name)
    if (realm === undefined)
      throw new Rejected('unknown-realm', { zh: `没有数据域 ${name}`, en: `There is no realm ${name}` })
    const { scheme } = realm.policy
    if (realm.classScheme !== scheme.id && !realm.classScheme.startsWith(`${scheme.id}-`)) {
      throw new Refusal({
        zh: `${name} 的分级方案 ${realm.classScheme} 与抽查规则 ${realm.policy.name} 的 ${scheme.id} 不一致,字母含义不同`,
        en: `${name} classes by ${realm.classScheme}, its sampling policy ${realm.policy.name} by ${scheme.id}: letters differ in meaning.`,
      })
    }
    return realm
  }

  async function compute(realm: InspectedRealm, period: string): Promise<Plan> {
    const { policy, inspectors } = realm
    const { year, month } = readPeriod(period)
    const draws = {
      thisYear: (await journal.opened(realm.realm, `${year}-`)).filter(({ id }) => id !== drawId(period)),
      lastYear: await journal.opened(realm.realm, `${year - 1}-`),
    }
    const { zoneOffsetMinutes } = realm
    const question = { realm: realm.realm, year, until: realm.now(), zoneOffsetMinutes, policy, draws }
    const inspectorDays = inspectors.length === 0 ? undefined : inspectors.length * policy.working.inspectorDaysPerMonth
    return planPeriod({ candidates: await readCandidates(history, question), policy, month, inspectorDays })
  }

  async function setPlan(
    realm: InspectedRealm,
    period: string,
    plan: Plan,
    former: PlanSet | undefined,
  ): Promise<PlanSet> {
    const policy = samplingPolicyName(realm.policy)
    const said = { policy, strata: plan.strata }
    if (
      former !== undefined &&
      canonicalJson({ policy: former.policy, strata: former.strata }) === canonicalJson(said)
    ) {
      return former
    }
    const at = realm.now()
    const id = `plan/${period}/${shortHash(canonicalJson({ ...said, at }))}`
    const set: PlanSet = { type: 'plan-set', realm: realm.realm, id, period, ...said, at }
    await journal.append(set)
    return set
  }

  async function commit(realm: InspectedRealm, period: string, former: PlanSet | undefined): Promise<void> {
    const plan = await compute(realm, period)
    if (plan.roster.length === 0) {
      throw new Rejected('empty-roster', {
        zh: `${period} 没有可抽取的市场主体`,
        en: `Nobody can be drawn in ${period}`,
      })
    }
    const { policy } = await setPlan(realm, period, plan, former)
    const { teamSize } = realm.policy.working
    const { roster } = plan
    const subject = canonicalSubject({
      realm: realm.realm,
      period,
      policy,
      roster,
      inspectors: realm.inspectors,
      teamSize,
    })
    const hash = rosterHash(subject)
    const seed = await seeds.seal(realm.realm, period, ports.randomSeed())
    const commitment = seedCommitment(seed, hash)
    await journal.append({
      type: 'draw-committed',
      ...subject,
      id: drawId(period),
      rosterHash: hash,
      rosterPages: 0,
      seedCommitment: commitment,
      at: realm.now(),
    })
  }

  async function show(realm: string, plan: PlanSet, drawn: number): Promise<void> {
    const shown = await present.readOne(realm, 'plans', 'current')
    if (shown !== undefined && (JSON.parse(shown) as { readonly period: string }).period > plan.period) return
    const { period, policy, strata } = plan
    await present.put(realm, 'plans', { current: JSON.stringify({ period, policy, strata, drawn }) })
  }

  const inspections: Inspections = {
    async recalculate(name, period) {
      const realm = realmOf(name)
      const known = await journal.period(name, period)
      const computed = known.committed === undefined ? await compute(realm, period) : undefined
      const plan = computed === undefined ? known.plan : await setPlan(realm, period, computed, known.plan)
      if (plan === undefined)
        throw new Refusal({
          zh: `${name} 中的 ${drawId(period)} 已承诺而没有抽查计划`,
          en: `${drawId(period)} was committed in ${name} without a plan`,
        })
      await journal.settle({ ...known, plan })
      await show(name, plan, known.opened?.visits.length ?? 0)
      return { plan, computed }
    },

    async drawPeriod(name, period) {
      const realm = realmOf(name)
      let known = await journal.period(name, period)
      if (known.committed === undefined) {
        await commit(realm, period, known.plan)
        known = await journal.period(name, period)
      }
      if (known.committed !== undefined && known.opened === undefined) {
        const opened = open(known.committed, await seeds.read(name, period), realm.now())
        await journal.append(opened)
        known = await journal.period(name, period)
      }
      const { plan, committed, opened } = known
      if (plan === undefined || committed === undefined || opened === undefined) {
        throw new Refusal({
          zh: `${name} 的日志在摇号期间丢失了 ${period} 的摇号记录`,
          en: `The log of ${name} lost the draw of ${period} while it was made`,
        })
      }
      await journal.settle(known)
      await show(name, plan, opened.visits.length)
      return { committed, opened }
    },

    async handle(request) {
      const { zoneOffsetMinutes, now } = realmOf(request.realm)
      const period = request.period ?? periodOf(now(), zoneOffsetMinutes)
      if (request.draw) await inspections.drawPeriod(request.realm, period)
      else await inspections.recalculate(request.realm, period)
    },
  }
  return inspections
}

/**
 * Takes the work of the queue, and plans and draws each realm at 03:00 on the first of the month, Shanghai time: nobody
 * chooses the moment.
 */
export async function startInspections(inspections: Inspections, jobs: Jobs, realms: readonly string[]): Promise<void> {
  await jobs.work<InspectionRequest>('recalculations', 1, (request) => inspections.handle(request))
  for (const realm of realms) {
    const request: InspectionRequest = { work: 'inspections', realm, draw: true }
    await jobs.schedule('recalculations', `inspections-${realm}`, { cron: '0 3 1 * *' }, request)
  }
}

function open(committed: DrawCommitted, seed: string | undefined, at: number): DrawOpened {
  const { realm, id, period } = committed
  if (seed === undefined || seedCommitment(seed, committed.rosterHash) !== committed.seedCommitment) {
    throw new Refusal({
      zh: `${realm} 中 ${period} 的摇号种子${seed === undefined ? '已丢失' : '与承诺不符'},该次摇号不能公开:请从备份恢复 keys 目录`,
      en: `The seed of the draw ${period} in ${realm} ${seed === undefined ? 'is gone' : 'does not fit its commitment'}: restore the keys folder from its backup.`,
    })
  }
  return { type: 'draw-opened', realm, id, seed, visits: draw(committed, seed), at }
}

function readPeriod(period: string): { readonly year: number; readonly month: number } {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(period) ?? []
  if (year === undefined || month === undefined) {
    throw new Rejected('bad-period', {
      zh: `期间写作 2026-11,而不是 ${period}`,
      en: `A period is written 2026-11, not ${period}`,
    })
  }
  return { year: Number(year), month: Number(month) }
}
