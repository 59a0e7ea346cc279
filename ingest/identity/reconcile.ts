import type { Observation } from '../../core/observation.ts'

/** Whom an observation should be about: what it was filed under, and who that is by now. */
export interface Target {
  readonly filed: string
  readonly current: string
}

export interface Reconciled {
  /** Copies under the right subject and tombstones under the wrong one, to be appended. */
  readonly observations: readonly Observation[]
  /** Records whose newest version is about other subjects than before. */
  readonly moved: readonly { readonly feed: string; readonly record: string; readonly subjects: readonly string[] }[]
  /** Observations that are about nobody for the time being. */
  readonly without: number
}

/** Contents are hexadecimal, so that one that begins so comes after every content of the same version. */
const AFTER_CONTENT = '~'

/**
 * Puts observations where they belong. `rows` are all rows of their ids, under whatever subject; `at` is since when it
 * is known, UTC ms; `stamp` grows from decision to decision. What is in force under another subject than the right one is taken back from `at` on, which leaves to
 * be seen what was said before; under each right one it stands at the times that it always had, so that this subject is
 * judged as if it had always been one. What `targetsOf` says nothing of stays as it is. The same rows again give nothing.
 */
export function reconcile(
  rows: readonly Observation[],
  targetsOf: (original: Observation) => readonly Target[] | undefined,
  { at, stamp }: { readonly at: number; readonly stamp: number },
): Reconciled {
  const mark = `${AFTER_CONTENT}${String(stamp).padStart(15, '0')}`
  const observations: Observation[] = []
  const moved: Reconciled['moved'][number][] = []
  let without = 0
  for (const ofId of byId(rows).values()) {
    const original = newest(ofId.filter(({ content }) => !content.startsWith(AFTER_CONTENT)))
    if (original === undefined) continue
    const told = original.gone === 1 ? [] : targetsOf(original)
    if (told === undefined) continue
    // Of two that are one by now, one is enough.
    const targets = new Map(told.map((target) => [target.current, target] as const))
    const standing = bySubject(ofId)
    let changed = false
    for (const [subject, row] of standing) {
      if (row.gone === 1 || targets.has(subject)) continue
      observations.push(tombstoneOf(row, original.version, mark, at))
      changed = true
    }
    for (const target of targets.values()) {
      const there = standing.get(target.current)
      if (isRight(there, original)) continue
      observations.push(copyOf(original, target, there === undefined ? original.content : mark))
      changed = true
    }
    if (!changed) continue
    if (targets.size === 0) without++
    else moved.push({ feed: original.feed, record: original.record, subjects: [...targets.keys()] })
  }
  return { observations, moved, without }
}

function byId(rows: readonly Observation[]): ReadonlyMap<string, readonly Observation[]> {
  const groups = new Map<string, Observation[]>()
  for (const row of rows) {
    const group = groups.get(row.id)
    if (group === undefined) groups.set(row.id, [row])
    else group.push(row)
  }
  return groups
}

function bySubject(rows: readonly Observation[]): ReadonlyMap<string, Observation> {
  const standing = new Map<string, Observation>()
  for (const row of rows) {
    const before = standing.get(row.subject)
    if (before === undefined || isLater(row, before)) standing.set(row.subject, row)
  }
  return standing
}

/** A version that takes its record away from one subject stands under the other: there it is not gone. */
function newest(rows: readonly Observation[]): Observation | undefined {
  return rows.reduce<Observation | undefined>(
    (best, row) =>
      best === undefined || isLater(row, best) || (!isLater(best, row) && row.gone < best.gone) ? row : best,
    undefined,
  )
}

function isLater(left: Observation, right: Observation): boolean {
  return left.version === right.version ? left.content > right.content : left.version > right.version
}

function isRight(there: Observation | undefined, original: Observation): boolean {
  if (there === undefined || there.gone === 1 || there.version !== original.version) return false
  return there.content === original.content || there.content.startsWith(AFTER_CONTENT)
}

function tombstoneOf(row: Observation, version: number, content: string, at: number): Observation {
  const known = Math.max(row.known, at)
  return { ...row, version: Math.max(row.version, version), content, known, value: null, facts: {}, gone: 1 }
}

function copyOf(original: Observation, { filed, current }: Target, content: string): Observation {
  const { filedAs: _, ...facts } = original.facts
  return { ...original, subject: current, content, facts: filed === current ? facts : { ...facts, filedAs: filed } }
}
