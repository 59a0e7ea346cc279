import type { Decision } from '../../core/decision.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { History } from '../../core/history.ts'
import type { Observation } from '../../core/observation.ts'
import { allBoundAt, boundAt, isPlace, readPage } from '../bindings/binding-page.ts'
import { joinSubjects, splitSubjects } from '../bindings/subjects.ts'
import type { Exclusive, RealmIntake } from '../intake-port.ts'
import { createOutgoing } from '../outgoing.ts'
import type { Mark, RecordIndex } from '../record-index.ts'
import type { References } from '../references.ts'
import { decisionBatch } from './decision-batch.ts'
import { type Reconciled, reconcile, type Target } from './reconcile.ts'

export interface SettleParts {
  readonly realm: string
  readonly policies: Iterable<FeedPolicy>
  readonly intake: Pick<RealmIntake, 'exclusively'>
  readonly index: Pick<RecordIndex, 'lookUp' | 'readBook' | 'wholeBook'>
  readonly references: References
  readonly history: History
}

/** A page of the book `unsettled`, under `device {device}`, `place {place}` or `identity {subject}`. */
export interface Unsettled {
  /** Since when it is known, UTC ms of the realm's clock. */
  readonly at: number
  /** Wall time when it was noted, UTC ms. */
  readonly stamp: number
  /** Under which subjects its observations may stand. */
  readonly subjects?: readonly string[]
}

/** Ids gone through in one commit. */
const IDS_AT_ONCE = 500

/** What is to be gone through. `select` narrows the rows of `subjects` down to those concerned. */
interface Task {
  readonly subjects: readonly string[]
  readonly select: string
  readonly params: Readonly<Record<string, unknown>>
  readonly targetsOf: (original: Observation) => readonly Target[] | undefined
  readonly decision: (moved: number, unbound: number) => Decision | undefined
}

/**
 * Carries out what corrected bindings and merged or split identities have left to do. To be called when the history
 * holds all that the log held when it was noted; what a crash cut off is done again, and changes nothing twice.
 * Gives how many observations were moved.
 */
export async function settleAll(parts: SettleParts): Promise<number> {
  const { realm, index, intake } = parts
  let moved = 0
  for (const [key, text] of Object.entries(await index.wholeBook(realm, 'unsettled'))) {
    const noted = JSON.parse(text) as Unsettled
    const [what = ''] = key.split(' ', 1)
    const whose = key.slice(what.length + 1)
    const task = what === 'identity' ? identityTask(parts, whose, noted) : await bindingTask(parts, whose, noted)
    const counts = await goThrough(parts, task, noted)
    moved += counts.moved
    await intake.exclusively(async (): Promise<Exclusive<void>> => {
      // Noted anew meanwhile: there is more to do.
      const [now] = await index.readBook(realm, 'unsettled', [key])
      if (now !== text) return { result: undefined }
      const decision = task.decision(counts.moved, counts.without)
      const batches = decision === undefined ? [] : [decisionBatch(decision)]
      return { commit: { batches, marks: [], books: { unsettled: { [key]: undefined } } }, result: undefined }
    })
  }
  return moved
}

async function bindingTask(
  { realm, index, policies, references }: SettleParts,
  bound: string,
  { at, stamp }: Unsettled,
): Promise<Task> {
  const [text] = await index.readBook(realm, 'bindings', [bound])
  const page = readPage(text)
  const { aliases } = references
  const enterprises = page.map(({ enterprise }) => enterprise)
  const atPlace = isPlace(bound)
  const concerned = [...policies].filter(({ subject }) =>
    atPlace ? subject.resolved === true : subject.kind === 'device' && bound.startsWith(`${subject.scheme}:`),
  )
  const [fact, name] = atPlace ? ['filedPlace', bound] : ['device', bound.slice(bound.indexOf(':') + 1)]
  return {
    subjects: [...new Set([...enterprises, ...enterprises.map((enterprise) => aliases.current(enterprise))])],
    select: 'facts[{fact:String}] = {name:String} AND feed IN {feeds:Array(String)}',
    params: { fact, name, feeds: concerned.map(({ feed }) => feed) },
    targetsOf({ occurred, known, facts }) {
      // By a later version it is about another place, and none of this one's.
      if (facts[fact] !== name) return undefined
      const instant = occurred || known
      const filed = atPlace ? allBoundAt(page, instant) : [boundAt(page, instant)]
      return filed.flatMap((one) => (one === undefined ? [] : [{ filed: one, current: aliases.current(one) }]))
    },
    decision: (moved, unbound) =>
      moved + unbound === 0
        ? undefined
        : { type: 'binding-corrected', realm, id: `binding/${bound}/${stamp}`, device: bound, moved, unbound, at },
  }
}

function identityTask({ references }: SettleParts, from: string, { subjects = [] }: Unsettled): Task {
  return {
    subjects,
    select: `(subject = {from:String} OR facts['filedAs'] = {from:String})`,
    params: { from },
    targetsOf({ subject, facts }) {
      const filed = facts.filedAs ?? subject
      return [{ filed, current: references.aliases.current(filed) }]
    },
    decision: () => undefined,
  }
}

async function goThrough(
  parts: SettleParts,
  task: Task,
  noted: Unsettled,
): Promise<{ moved: number; without: number }> {
  const { realm, history } = parts
  const { subjects, select, params, targetsOf } = task
  const sum = { moved: 0, without: 0 }
  if (subjects.length === 0) return sum
  for (let after = ''; ; ) {
    const found = await history.query<{ id: string }>(
      `SELECT DISTINCT id FROM observations
        WHERE realm = {realm:String} AND subject IN {subjects:Array(String)} AND ${select} AND id > {after:String}
        ORDER BY id LIMIT ${IDS_AT_ONCE}`,
      { realm, subjects, after, ...params },
    )
    const ids = found.map(({ id }) => id)
    if (ids.length === 0) return sum
    const rows = await history.query<Observation>(
      `SELECT * FROM observations FINAL
        WHERE realm = {realm:String} AND subject IN {subjects:Array(String)} AND id IN {ids:Array(String)}`,
      { realm, subjects, ids },
    )
    const reconciled = reconcile(rows, targetsOf, noted)
    if (reconciled.observations.length > 0) await append(parts, subjects, reconciled)
    sum.moved += reconciled.moved.length
    sum.without += reconciled.without
    after = ids.at(-1) ?? ''
  }
}

/**
 * With the index told who each record is about, so that its next version takes back what stands there. Of a record that
 * several share, those that were not gone through stay.
 */
function append(
  { realm, intake, index }: SettleParts,
  gone: readonly string[],
  { observations, moved }: Reconciled,
): Promise<void> {
  return intake.exclusively(async (): Promise<Exclusive<void>> => {
    const outgoing = createOutgoing(realm)
    for (const observation of observations) outgoing.observe(observation, false)
    const marks: Mark[] = []
    for (const feed of new Set(moved.map((one) => one.feed))) {
      const ofFeed = moved.filter((one) => one.feed === feed)
      const heads = await index.lookUp(
        realm,
        feed,
        ofFeed.map(({ record }) => ({ record, content: 'f'.repeat(16) })),
      )
      ofFeed.forEach(({ record, subjects }, i) => {
        const head = heads[i]
        if (typeof head !== 'object') return
        const before = splitSubjects(head.subject)
        const others = before.length === 1 ? [] : before.filter((subject) => !gone.includes(subject))
        marks.push({ feed, record, head: { ...head, subject: joinSubjects(new Set([...others, ...subjects])) } })
      })
    }
    return { commit: { batches: outgoing.batches([]), marks }, result: undefined }
  })
}
