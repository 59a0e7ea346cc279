import type { PartialPeriod, SealedPeriod } from '../../core/cells.ts'
import type { OutgoingBatch } from '../../core/event-log.ts'
import type { History, HistoryTable } from '../../core/history.ts'
import type { RiskPoint } from '../../core/risk.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'
import { parseLines, toLines } from '../../processors/json-lines.ts'
import type { Life } from './network.ts'
import type { LivePorts } from './ports.ts'

/** Bugs that are planted on purpose: a world that does not find them would find no other. */
export const PLANTED_BUGS = {
  'commit before insert': 'rows are taken for durable, and positions move on, before they are written',
  'a skipped rebuild': 'what a late record or a retraction changes of the past is not said',
  'cells that are not restated': 'what a late record or a retraction changes of what was counted is told to nobody',
  'arrival order instead of source order': 'of two versions of a record the one that came later holds',
  'a second delivery cut differently': 'the history knows batches by their token alone, and rows not at all',
  'time taken from the wall clock': 'a score is recorded at the time of the machine that says it',
} as const
export type PlantedBug = keyof typeof PLANTED_BUGS

const WRITTEN_LATER_MS = 8_000

/** The ports of one life, with the bug between the part and its stores. */
export function withBug(bug: PlantedBug | undefined, life: Life, ports: LivePorts): LivePorts {
  const { history } = ports
  if (bug === 'commit before insert') {
    return { ...ports, history: { ...history, insert: async (...all) => void insertLater(life, history, all) } }
  }
  if (bug === 'a skipped rebuild') {
    return withRisk(ports, (points) => points.filter(({ recorded, effective }) => recorded === effective))
  }
  if (bug === 'cells that are not restated') {
    return { ...ports, log: { ...ports.log, append: (batches) => ports.log.append(batches.map(withoutRestated)) } }
  }
  if (bug === 'time taken from the wall clock') {
    return withRisk(ports, (points) => points.map((point) => ({ ...point, recorded: life.clock.now() })))
  }
  return ports
}

function withoutRestated(batch: OutgoingBatch): OutgoingBatch {
  if (batch.topic !== 'aggregates' && batch.topic !== 'sealed') return batch
  const periods = parseLines<PartialPeriod | SealedPeriod>(batch.bytes)
  return { ...batch, bytes: toLines(periods.map(({ restated: _, ...period }) => period)) }
}

async function insertLater(life: Life, history: History, all: Parameters<History['insert']>): Promise<void> {
  for (;;) {
    await life.sleep(WRITTEN_LATER_MS)
    const isWritten = await history.insert(...all).then(
      () => true,
      () => false,
    )
    if (isWritten) return
  }
}

/** What is written to the table of scores goes through `change`. */
function withRisk(ports: LivePorts, change: (points: readonly RiskPoint[]) => readonly RiskPoint[]): LivePorts {
  const { history } = ports
  const changed = (table: HistoryTable, rows: Uint8Array) => {
    if (table !== 'risk') return rows
    const lines = Buffer.from(rows).toString().split('\n')
    const points = lines.filter((line) => line !== '').map((line): RiskPoint => JSON.parse(line))
    return Buffer.from(
      change(points)
        .map((point) => `${JSON.stringify(point)}\n`)
        .join(''),
    )
  }
  return {
    ...ports,
    history: { ...history, insert: (table, rows, ...rest) => history.insert(table, changed(table, rows), ...rest) },
  }
}

/** A feed whose versions are numbered as they come. */
export function withVersionsByArrival(feed: CompiledFeed, arrived: () => number): CompiledFeed {
  return {
    ...feed,
    mapRow(row, context) {
      const mapped = feed.mapRow(row, context)
      if (mapped.kept === undefined) return mapped
      const version = arrived()
      const observations = mapped.kept.observations.map((one) => ({ ...one, version }))
      return { kept: { ...mapped.kept, version, observations } }
    },
  }
}
