import { shortHash } from '../core/hash.ts'
import type { RealmPolicy } from '../core/policy.ts'
import { type Era, streamOfStaged } from '../core/policy-book.ts'
import type { PolicyJournal } from '../core/policy-journal.ts'
import type { PolicyInForce, PolicyStaged } from '../core/policy-step.ts'
import { compilePolicy } from './compile-policy.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import { policyHash } from './realm-policy.ts'
import { type ProcessorOptions, runProcessor } from './run-processor.ts'
import { runShadow, type ShadowStatus } from './run-shadow.ts'
import type { Handover } from './sealed-queue.ts'

export interface RealmOptions extends Omit<ProcessorOptions, 'policy' | 'succession'> {
  /** As the file of the realm has it: in force where the log knows of none yet. */
  readonly rules: RealmPolicy
}

export interface RealmPorts extends ProcessorPorts {
  /** Resolves after so many milliseconds, or as soon as the signal is raised. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

const LOOK_EVERY_MS = 1_000
/** Role of the snapshot that says which shards have sealed every tick of an era. */
const ENDED = 'ended'

/** One realm's folds from policy to policy, each with the next one in its shadow, until told to stop. */
export async function runRealm(options: RealmOptions, ports: RealmPorts, journal: PolicyJournal): Promise<void> {
  const { rules, signal, shards } = options
  const realm = rules.realm
  if (journal.book().eras.length === 0) await enterFirst(rules, journal)
  const newest = journal.book().eras.at(-1)
  if (newest !== undefined && newest.entry.policy !== policyHash(rules))
    ports.happened({ type: 'policy-differs', realm, file: policyHash(rules), inForce: newest.entry.policy })
  let number = await firstUnended(options, ports, journal.book().eras)
  while (!signal.aborted) {
    const era = journal.book().eras[number]
    if (era === undefined) throw new RangeError(`the realm ${realm} has no policy number ${number}`)
    ports.happened({ type: 'policy-in-force', realm, policy: era.entry.policy, from: era.entry.from })
    const next = await runEra(era, options, ports, journal)
    if (next === undefined) return
    const ended = { positions: {}, state: Buffer.from(JSON.stringify(shards)), reach: 1 }
    await ports.retry(() => ports.snapshots.save(era.stream, ENDED, new Map([[shards[0] ?? 0, ended]])))
    await enterNext(realm, next, journal)
    number += 1
  }
}

/** Folds an era to its end, and beside it what has been staged. */
async function runEra(
  era: Era,
  options: RealmOptions,
  ports: RealmPorts,
  journal: PolicyJournal,
): Promise<Handover | undefined> {
  const over = new AbortController()
  const broken = new AbortController()
  const { rules, ...common } = options
  let passed = 0
  /** Streams of shadows that have caught up; from then on each is behind by what has come since, and no more. */
  const ready = new Set<string>()
  const beside = runShadows(
    { ...common, signal: AbortSignal.any([options.signal, over.signal]) },
    {
      leash: () => passed,
      advanced({ aside, caughtUp }) {
        if (caughtUp) ready.add(aside)
      },
    },
    ports,
    journal,
  )
  // Whoever cannot read which policies there are must not go on as if there were none: the error itself comes below.
  beside.catch(() => broken.abort())
  const policy = compilePolicy(era.rules, era.entry.from)
  const wish = () => {
    const { wanted } = journal.book()
    // Whoever takes over stands where the present one stands: else everybody would wait for years to be folded.
    if (wanted === undefined || !ready.has(streamOfStaged(rules.realm, wanted.staged))) return undefined
    return { policy: wanted.policy, staged: wanted.staged, activation: wanted.id, from: wanted.from }
  }
  const succession = {
    aside: era.stream,
    wish,
    passed(end: number) {
      passed = end
    },
  }
  try {
    const signal = AbortSignal.any([options.signal, broken.signal])
    return await runProcessor({ ...common, signal, policy, succession }, ports)
  } finally {
    over.abort()
    await beside
  }
}

interface Watched {
  readonly leash: () => number
  readonly advanced: (status: ShadowStatus) => void
}

/** Looks for what is staged, and folds the newest of it: a policy on trial must not stop the one in force. */
async function runShadows(
  options: Omit<RealmOptions, 'rules'>,
  { leash, advanced }: Watched,
  ports: RealmPorts,
  journal: PolicyJournal,
): Promise<void> {
  const { signal, shards } = options
  let running:
    | { readonly staged: PolicyStaged; readonly stop: AbortController; readonly ended: Promise<void> }
    | undefined

  function start(staged: PolicyStaged): typeof running {
    const stop = new AbortController()
    const run = runShadow(
      {
        policy: compilePolicy(staged.rules),
        aside: streamOfStaged(staged.realm, staged.id),
        shards,
        signal: AbortSignal.any([signal, stop.signal]),
        leash,
        wanted: () => journal.book().wanted?.id ?? '',
        advanced,
      },
      ports,
    )
    const { realm, policy } = staged
    const ended = run.catch((error: unknown) => ports.happened({ type: 'shadow-failed', realm, policy, error }))
    return { staged, stop, ended }
  }

  while (!signal.aborted) {
    await ports.retry(async () => void (await journal.refresh()))
    const { staged } = journal.book()
    if (staged?.id !== running?.staged.id) {
      running?.stop.abort()
      await running?.ended
      running = staged === undefined ? undefined : start(staged)
    }
    await ports.pause(LOOK_EVERY_MS, signal)
  }
  await running?.ended
}

/** The oldest era whose ticks these shards have not all said: usually the newest there is. */
async function firstUnended(
  { shards }: RealmOptions,
  { snapshots }: ProcessorPorts,
  eras: readonly Era[],
): Promise<number> {
  for (const [number, { stream }] of eras.slice(0, -1).entries()) {
    const ended = new Set<number>()
    for (const { state } of (await snapshots.load(stream, ENDED)).values()) {
      for (const shard of JSON.parse(Buffer.from(state).toString()) as readonly number[]) ended.add(shard)
    }
    if (!shards.every((shard) => ended.has(shard))) return number
  }
  return eras.length - 1
}

/** A realm's first policy is entered by itself; of two processes that enter one at once the first in the log counts. */
async function enterFirst(rules: RealmPolicy, journal: PolicyJournal): Promise<void> {
  const policy = policyHash(rules)
  const staged = shortHash(`${rules.realm} first ${policy}`)
  const common = { realm: rules.realm, policy, at: 0 }
  await journal.append({ type: 'policy-staged', id: staged, rules, by: 'system', note: '', ...common })
  await journal.append({ type: 'policy-in-force', id: `${staged}-0`, staged, activation: '', from: 0, ...common })
}

async function enterNext(realm: string, next: Handover, journal: PolicyJournal): Promise<void> {
  const { policy, staged, activation, from } = next
  const id = `${staged}-${from}`
  const entry: PolicyInForce = { type: 'policy-in-force', realm, id, policy, staged, activation, from, at: from }
  await journal.refresh()
  if (!journal.book().eras.some((era) => era.entry.id === id)) await journal.append(entry)
}
