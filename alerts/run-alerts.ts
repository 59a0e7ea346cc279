import type { LogBatch, Position } from '../core/event-log.ts'
import { SHARDS } from '../core/shard.ts'
import type { Snapshot, Snapshots } from '../core/snapshots.ts'
import type { Clock } from '../core/time.ts'
import { type EffectPorts, effectsOf, type TurnResult } from './alert-effects.ts'
import { type AlertFold, createAlertFold } from './alert-fold.ts'
import { readEntries } from './entries.ts'
import { type Barrier, createIntake, type Intake, shardOfSignals, streamOf } from './intake.ts'
import { noticeState } from './outgoing.ts'
import { type PatiencePorts, patiently } from './patience.ts'
import type { Said } from './saying.ts'

/** What happened, for logs and metrics. */
export type AlertHappening =
  | { readonly type: 'folded'; readonly batches: number; readonly said: Said }
  /** Said, and in the history, but sent to nobody. */
  | { readonly type: 'kept-back'; readonly notice: string; readonly because: string }
  | { readonly type: 'snapshot-saved'; readonly bytes: number }
  | { readonly type: 'retrying'; readonly code: string; readonly waitMs: number }

export interface AlertPorts extends EffectPorts {
  readonly snapshots: Snapshots
  /** Wall clock. */
  readonly clock: Clock
  readonly hasAddress: (receiver: string) => boolean
  /** Asked before these are folded: `policyAt` knows of every policy that made them when it resolves. */
  readonly foresee?: (batches: readonly LogBatch[]) => Promise<void>
  readonly pause: (ms: number) => Promise<void>
  readonly happened: (happening: AlertHappening) => void
}

/** What the role says of itself in area `positions`, key `alert`. */
export interface AlertStatus {
  /** Wall time, UTC ms. */
  readonly at: number
  /** By stream: everything up to here is folded, and what was to be said of it is said. */
  readonly read: Readonly<Record<string, Position>>
}

const ROLE = 'alert'
/** Beside the snapshot: how decisions and evidence were interleaved since it was saved. */
const ORDER_ROLE = 'alert-order'
const SNAPSHOT_EVERY_MS = 60_000
const TELL_EVERY_MS = 1_000
const POLL_BYTES = 8_000_000
/**
 * A turn has its price, most of it in the history, whatever it tells. One that took so much is of a back-fill: the next one
 * gathers more. One that took as much as a poll may hand out is behind, and waits for nothing.
 */
const GATHERS_FROM_BYTES = 400_000
const GATHER_MS = 1_000

/**
 * Runs until `signal` is aborted. After a kill at any point it goes on from the last snapshot and repeats what was done
 * since: the fold says the same again, and every effect carries a key by which the repeat is known.
 * Errors: `Retryable` ones are waited out; any other ends the run.
 */
export async function runAlerts(ports: AlertPorts, signal: AbortSignal): Promise<void> {
  const patience: PatiencePorts = {
    pause: ports.pause,
    retrying: (code, waitMs) => ports.happened({ type: 'retrying', code, waitMs }),
  }
  const opened = await patiently(patience, signal, () => openHost(ports))
  if (opened === undefined) return
  const { fold, intake } = opened.value
  let { barriers, reach } = opened.value
  let savedAt = ports.clock.now()
  let unsaved = 0
  let toldAt = Number.NEGATIVE_INFINITY

  const tell = async () => {
    const status: AlertStatus = { at: toldAt, read: intake.positions() }
    await ports.present.put(ports.realm, 'positions', { [ROLE]: JSON.stringify(status) })
  }
  const save = async () => {
    const state = fold.toBytes()
    const positions = intake.positions()
    await ports.snapshots.save(ports.realm, ROLE, new Map([[0, { positions, state, reach }]]))
    // The order of decisions that an earlier life has carried out and this one has yet to come to is kept.
    barriers = barriers.filter(({ decisions }) => decisions > (positions.decisions ?? ''))
    await ports.snapshots.save(ports.realm, ORDER_ROLE, new Map([[0, orderOf(barriers, reach)]]))
    // Nobody else reads the signals: what this state includes may go.
    for (const [stream, position] of Object.entries(positions)) {
      const shard = shardOfSignals(stream)
      if (shard !== undefined) await ports.log.trim('signals', ports.realm, shard, position)
    }
    ports.happened({ type: 'snapshot-saved', bytes: state.byteLength })
  }

  try {
    while (!signal.aborted) {
      const before = intake.positions()
      const batches = (await patiently(patience, signal, () => intake.next()))?.value ?? []
      if (batches.length > 0) {
        const known = new Set(barriers.map((barrier) => barrier.decisions))
        const fresh = barriersOf(batches, before).filter((barrier) => !known.has(barrier.decisions))
        barriers = [...barriers, ...fresh]
        reach += batches.length
        const order = orderOf(barriers, reach)
        const foreseen = await patiently(patience, signal, async () => ports.foresee?.(batches))
        if (foreseen === undefined) return
        const saveOrder =
          fresh.length === 0 ? [] : [() => ports.snapshots.save(ports.realm, ORDER_ROLE, new Map([[0, order]]))]
        // The fold has moved on: what is left undone here is done after the next start, from the last snapshot.
        for (const effect of [...saveOrder, ...effectsOf(ports, foldTurn(ports, fold, batches))]) {
          if ((await patiently(patience, signal, effect)) === undefined) return
        }
        unsaved += batches.length
        const taken = batches.reduce((sum, { bytes }) => sum + bytes.length, 0)
        if (taken >= GATHERS_FROM_BYTES && taken < POLL_BYTES / 2) {
          await ports.pause(GATHER_MS).catch((error: unknown) => {
            if (!signal.aborted) throw error
          })
        }
      }
      const now = ports.clock.now()
      if (now - toldAt >= TELL_EVERY_MS) {
        toldAt = now
        if ((await patiently(patience, signal, tell)) === undefined) return
      }
      if (unsaved > 0 && ports.clock.now() - savedAt >= SNAPSHOT_EVERY_MS) {
        if ((await patiently(patience, signal, save)) === undefined) return
        unsaved = 0
        savedAt = ports.clock.now()
      }
    }
    if (unsaved > 0) await patiently(patience, signal, save)
  } finally {
    await intake.close()
  }
}

function foldTurn(ports: AlertPorts, fold: AlertFold, batches: readonly LogBatch[]): TurnResult {
  const entries = batches.map(readEntries)
  const saids = entries.map((each) => fold.observe(each))
  for (const said of saids) ports.happened({ type: 'folded', batches: 1, said })
  const notices = saids
    .flatMap((said) => said.notices)
    .map((notice) => {
      const state = noticeState(notice, ports.policyAt(notice.made), ports.hasAddress, ports.clock.now())
      if (state !== 'made') ports.happened({ type: 'kept-back', notice: notice.id, because: state })
      return { notice, state }
    })
  return {
    warnings: saids.flatMap((said) => said.changes.map(({ warning }) => warning)),
    notices,
    decisions: entries.flatMap((each) => (each.topic === 'decisions' ? each.entries : [])),
  }
}

interface Host {
  readonly fold: AlertFold
  readonly intake: Intake
  readonly barriers: readonly Barrier[]
  /** Batches folded since the beginning. */
  readonly reach: number
}

async function openHost(ports: AlertPorts): Promise<Host> {
  const { realm, log } = ports
  const snapshot = (await ports.snapshots.load(realm, ROLE)).get(0)
  const positions = snapshot?.positions ?? {}
  const saved = barriersIn((await ports.snapshots.load(realm, ORDER_ROLE)).get(0))
  const barriers = saved.filter((barrier) => barrier.decisions > (positions.decisions ?? ''))
  const fold = createAlertFold(realm, ports.policyAt, snapshot?.state)
  await showBoard(ports, fold)

  const evidenceEnds: Record<string, Position> = {}
  for (const topic of ['signals', 'sealed'] as const) {
    for (const [shard, end] of await log.ends(topic, realm)) evidenceEnds[streamOf({ topic, shard })] = end
  }
  const open = (topic: 'signals' | 'sealed' | 'decisions', shards: readonly number[]) => {
    const known = shards.flatMap((shard) => {
      const position = positions[streamOf({ topic, shard })]
      return position === undefined ? [] : [[shard, position] as const]
    })
    return log.reader({ topic, realm, shards, after: new Map(known), maxBytes: POLL_BYTES })
  }
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const readers = [await open('signals', shards), await open('sealed', [0]), await open('decisions', [0])]
  const intake = createIntake(readers, positions, { barriers, evidenceEnds })
  return { fold, intake, barriers, reach: snapshot?.reach ?? 0 }
}

/** The board shows what the state holds, whatever became of it meanwhile. */
async function showBoard({ realm, present }: AlertPorts, fold: AlertFold): Promise<void> {
  const active = Object.fromEntries(fold.active().map((warning) => [warning.id, JSON.stringify(warning)]))
  const stale = Object.keys(await present.read(realm, 'warnings')).filter((id) => active[id] === undefined)
  if (stale.length > 0) await present.remove(realm, 'warnings', stale)
  if (Object.keys(active).length > 0) await present.put(realm, 'warnings', active)
}

/** How far the evidence had been read before each batch of decisions. */
function barriersOf(batches: readonly LogBatch[], before: Readonly<Record<string, Position>>): readonly Barrier[] {
  const positions = new Map(Object.entries(before))
  const barriers: Barrier[] = []
  for (const batch of batches) {
    if (batch.topic === 'decisions') {
      const evidence = [...positions].filter(([stream]) => stream !== 'decisions')
      barriers.push({ decisions: batch.position, after: Object.fromEntries(evidence) })
    }
    positions.set(streamOf(batch), batch.position)
  }
  return barriers
}

function orderOf(barriers: readonly Barrier[], reach: number): Snapshot {
  return { positions: {}, state: new TextEncoder().encode(JSON.stringify(barriers)), reach }
}

function barriersIn(snapshot: Snapshot | undefined): readonly Barrier[] {
  return snapshot === undefined ? [] : (JSON.parse(new TextDecoder().decode(snapshot.state)) as readonly Barrier[])
}
