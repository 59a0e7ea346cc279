import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processed } from '../app/caught-up.ts'
import { compileFeeds } from '../app/ingest-parts.ts'
import { loadPolicySet } from '../app/policies.ts'
import type { OutgoingBatch } from '../core/event-log.ts'
import { type Observation, observationId } from '../core/observation.ts'
import { observationLine } from '../core/observation-line.ts'
import { shardOf } from '../core/shard.ts'
import { DAY_MS, HOUR_MS } from '../core/time.ts'
import { type BenchContext, SET } from './bench.ts'
import { writePast } from './city-files.ts'
import { checkCorrections } from './correction-check.ts'
import { type Figure, figureOf } from './figure.ts'
import { ALL_SHARDS } from './fold-all.ts'
import type { IntakeTask } from './intake-worker.ts'
import { type FreshParts, freshParts } from './parts.ts'
import { STARTS } from './prepared.ts'
import { startRoles } from './roles.ts'
import { startWorker } from './workers.ts'

const MONTHS = 60
/** Of whom there are five years of records; the others of the city are registered and quiet. */
const HISTORIES_A_SECOND = 100
const OTHERS = 100_000
const BAR_S = 60
const LOOK_MS = 25

interface Realm {
  readonly realm: string
  readonly feeds: readonly string[]
}

/**
 * One record of five years ago is withdrawn, then another of that time comes in five years late: how long until the
 * enterprise is right everywhere, and whether it is as if the records had always been so.
 */
export async function measureCorrection(context: BenchContext): Promise<readonly Figure[]> {
  const set = loadPolicySet(context.policies, SET)
  const { realm } = set.realm
  const feeds = [...compileFeeds(set, Buffer.alloc(32)).keys()]
  const bodies = join(context.folder, 'five-years')
  const enterprises = Math.round(context.seconds * HISTORIES_A_SECOND)
  context.announce(`preparing five years of ${enterprises} enterprises`)
  writePast(bodies, set.feeds, { enterprises, months: MONTHS, startAt: STARTS, others: OTHERS })
  const parts = await freshParts(context)
  try {
    const { death } = await startRoles(context, parts, [['process']])
    const signal = AbortSignal.any([context.signal, death])
    await delay(1_000, undefined, { signal })
    context.announce('correction: the five years')
    const { config, ports } = parts
    const task: IntakeTask = { config, policies: context.policies, set: SET, stock: undefined, bodies }
    await (await startWorker<IntakeTask, undefined>('intake-worker', task, parts.lifecycle)).go()
    await processed(ports, realm, signal, LOOK_MS)

    const struck = await oldPenalty(parts, realm)
    const corrections = { struck, withdrawal: withdrawalOf(struck), late: lateRecord(struck) }
    context.announce('correction: the corrections')
    const correct = async (line: Observation, until: number) => {
      const began = performance.now()
      await ports.log.append(batchesOf({ realm, feeds }, line, until))
      await processed(ports, realm, signal, LOOK_MS)
      return (performance.now() - began) / 1000
    }
    const withdrawn = await correct(corrections.withdrawal, STARTS + HOUR_MS)
    const arrived = await correct(corrections.late, STARTS + 2 * HOUR_MS)

    context.announce(
      `correction: withdrawn ${withdrawn.toFixed(1)} s, late ${arrived.toFixed(1)} s; the rebuild of everything`,
    )
    const checked = await checkCorrections(context, parts, corrections)
    const told = `${OTHERS + enterprises} enterprises, five years of ${enterprises} of them; ${checked}`
    return [
      correctionFigure('correction.withdrawn', withdrawn, told),
      correctionFigure('correction.late', arrived, told),
    ]
  } finally {
    await parts.stop()
  }
}

function correctionFigure(figure: string, seconds: number, remark: string): Figure {
  const bar = { text: `${BAR_S} s`, meets: seconds <= BAR_S }
  return figureOf({ figure, value: seconds, unit: 's', bar, remark })
}

/** Of the first months, of the enterprise of which most is known. */
async function oldPenalty({ ports }: FreshParts, realm: string): Promise<Observation> {
  const [found] = await ports.history.query<Omit<Observation, 'id'>>(
    `SELECT observations.* FROM observations FINAL INNER JOIN (
       SELECT subject, count() AS records FROM observations
       WHERE realm = {realm:String} AND kind != 'sensor-reading' GROUP BY subject) AS known_of USING subject
     WHERE realm = {realm:String} AND kind = 'penalty' AND gone = 0 AND known < {until:Int64}
     ORDER BY records DESC, known LIMIT 1`,
    { realm, until: STARTS - (MONTHS - 3) * 30 * DAY_MS },
  )
  if (found === undefined) throw new Error('nobody was penalised five years ago')
  return { ...found, id: observationId(found.feed, found.record, found.part) }
}

function withdrawalOf(record: Observation): Observation {
  const known = STARTS + HOUR_MS / 2
  const fields = { record: 'bench-withdrawal', part: 'fact', content: 'bench', kind: 'withdrawal', version: 1 } as const
  const id = observationId(record.feed, fields.record, fields.part)
  return { ...record, ...fields, id, known, decided: known, published: known, facts: { retracts: record.id } }
}

/** Of the day after the other one, and not heard of in five years. */
function lateRecord(record: Observation): Observation {
  const fields = { record: 'bench-late', part: 'fact', content: 'bench', version: 1 } as const
  const id = observationId(record.feed, fields.record, fields.part)
  return { ...record, ...fields, id, known: record.known + DAY_MS, decided: record.decided + DAY_MS }
}

/** The line in its shard, and in every shard the word that time has come. */
function batchesOf({ realm, feeds }: Realm, line: Observation, until: number): OutgoingBatch[] {
  const progress = feeds.map((feed) => ({ feed, until, closed: false }))
  return ALL_SHARDS.map((shard) => {
    const isOwn = shard === shardOf(line.subject)
    const bytes = Buffer.from(isOwn ? `${observationLine(line)}\n` : '')
    return { topic: 'observations', realm, shard, count: isOwn ? 1 : 0, bytes, progress, bulk: false }
  })
}
