import { type Admission, createAdmission, createOverlay, type Overlay } from '../admit.ts'
import type { CompiledFeed, KeptRow } from '../mapping/compile-feed.ts'
import { createOutgoing, type Outgoing } from '../outgoing.ts'
import { declare, type RealmTime, toNotes, unsaid } from '../progress.ts'
import type { Commit, Held, Mark, RecordIndex } from '../record-index.ts'
import type { Job } from './job.ts'
import type { Plan } from './plan.ts'
import { readPlanned } from './read-planned.ts'

export interface Chunk {
  readonly commit: Commit
  readonly time: RealmTime
  /** What was admitted in it: not yet in the index when the next chunk is prepared. */
  readonly overlays: ReadonlyMap<string, Overlay>
}

export interface ChunkMaking {
  readonly realm: string
  readonly job: Job
  readonly plan: Plan
  readonly index: Pick<RecordIndex, 'lookUp'>
  readonly bulk: boolean
}

export interface Span {
  readonly from: number
  readonly to: number
  readonly time: RealmTime
  /** At a measured pace history has come so far, and not to the next record. */
  readonly due: number
  /** Chunks that are under way. */
  readonly before: ReadonlyMap<string, Overlay>
  /** What the commit remembers of how far the job has come. */
  readonly checkpoint: Readonly<Record<string, string>>
}

/** Makes what is appended of the items of a plan: the part of an observation's work that takes the time. */
export function createChunks({ realm, job, plan, index, bulk }: ChunkMaking) {
  const last = lastItems(plan)
  const admissions = new Map<CompiledFeed, ReturnType<typeof createAdmission>>()
  for (const { feed } of job.files) admissions.set(feed, admissions.get(feed) ?? createAdmission(feed))

  function feedOfRow(row: number): CompiledFeed {
    const file = job.files[plan.rows.file[row] ?? 0]
    if (file === undefined) throw new Error(`the plan has no file for row ${row}`)
    return file.feed
  }

  /** Rows with other versions, complete in this span: what the index holds of their records. */
  async function lookUpContested(span: Span, rows: ReadonlyMap<number, KeptRow>): Promise<ReadonlyMap<number, Held>> {
    const asked = new Map<string, { rows: number[]; keys: KeptRow[] }>()
    for (let item = span.from; item < span.to; item++) {
      const row = plan.items.row[item] ?? 0
      const kept = rows.get(row)
      if (last[item] !== 1 || plan.rows.contested[row] !== 1 || kept === undefined) continue
      const feed = feedOfRow(row).policy.feed
      const ofFeed = asked.get(feed) ?? { rows: [], keys: [] }
      asked.set(feed, ofFeed)
      ofFeed.rows.push(row)
      ofFeed.keys.push(kept)
    }
    const found = new Map<number, Held>()
    for (const [feed, { rows: numbers, keys }] of asked) {
      const held = await index.lookUp(realm, feed, keys)
      numbers.forEach((row, i) => {
        found.set(row, span.before.get(feed)?.held(keys[i]?.record ?? '', keys[i]?.content ?? '', held[i]) ?? held[i])
      })
    }
    return found
  }

  return async function makeChunk(span: Span): Promise<Chunk> {
    const rows = readPlanned(job, plan, plan.items.row.subarray(span.from, span.to))
    const looked = await lookUpContested(span, rows)
    const outgoing = createOutgoing(realm)
    const overlays = new Map(job.feeds.map((feed) => [feed, createOverlay()]))
    const marks: Mark[] = []

    for (let item = span.from; item < span.to; item++) {
      const row = plan.items.row[item] ?? 0
      const kept = rows.get(row)
      if (kept === undefined) throw new Error(`row ${row} was not read`)
      observeAt(kept, plan.items.known[item] ?? 0, outgoing)
      if (last[item] !== 1) continue
      const feed = feedOfRow(row)
      const overlay = overlays.get(feed.policy.feed)
      const held = overlay?.held(kept.record, kept.content, looked.get(row))
      const admission = admissions.get(feed)?.(kept, held)
      if (admission === undefined || overlay === undefined) throw new Error(`${feed.policy.feed} is no feed of the job`)
      complete(kept, admission, { outgoing, overlay, marks })
    }

    const next = plan.items.known[span.to]
    const time = next === undefined ? span.time : declare(span.time, job.feeds, Math.min(next - 1, span.due), false)
    const progress = unsaid(span.time, time)
    const notes = { ...toNotes(progress), ...span.checkpoint }
    return { commit: { realm, batches: outgoing.batches(progress), marks, notes }, time, overlays }
  }

  function observeAt(kept: KeptRow, known: number, outgoing: Outgoing): void {
    for (const observation of kept.observations) {
      if (observation.known === known && observation.gone === 0) outgoing.observe(observation, bulk)
    }
  }

  /** A row is admitted with its last observation: until then its record is known by what it was before. */
  function complete(kept: KeptRow, admission: Admission, { outgoing, overlay, marks }: Completion): void {
    if (admission.outcome === 'duplicate') return
    for (const observation of admission.gone) outgoing.observe(observation, bulk)
    marks.push(...admission.marks)
    overlay.admitted(kept.record, kept.content, admission.head)
  }
}

interface Completion {
  readonly outgoing: Outgoing
  readonly overlay: Overlay
  readonly marks: Mark[]
}

/** 1 at the item with which its row is complete. */
function lastItems({ rows, items }: Plan): Uint8Array {
  const last = new Uint8Array(items.row.length)
  const done = new Uint8Array(rows.file.length)
  for (let item = items.row.length - 1; item >= 0; item--) {
    const row = items.row[item] ?? 0
    if (done[row] === 1) continue
    done[row] = 1
    last[item] = 1
  }
  return last
}
