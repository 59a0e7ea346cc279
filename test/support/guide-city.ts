import { fileURLToPath } from 'node:url'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import { loadPolicySet } from '../../app/policies.ts'
import type { PartialPeriod } from '../../core/cells.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { SHARDS, shardOf } from '../../core/shard.ts'
import { civilDate } from '../../core/time.ts'
import type { Notice, Warning } from '../../core/warning.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { type ArrivalReceipt, createOccurrences } from '../../ingest/ingest-batch.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import { emptyCellState, observePartial, sealPeriods } from '../../processors/cell-fold.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { parseLines } from '../../processors/json-lines.ts'
import { createRealmProcessor } from '../../processors/realm-processor.ts'
import { testSealer } from './ingest-fixture.ts'
import { createAlertWorld } from './memory-alerts.ts'

/** The restaurant that the guide is about; its code passes both check digits. */
export const CODE = '91140105MA0T100092'
export const RESTAURANT = `uscc:${CODE}`

/** The product in memory, on the default rules, on a clock that moves only when it is told to. */
export interface GuideCity {
  readonly policy: RealmPolicy
  /** A feed's owner files rows, each an object of its columns; answers once they are in the log. */
  files(feed: string, rows: readonly Readonly<Record<string, string | number>>[]): Promise<ArrivalReceipt>
  /** Everything known before this day has been filed, by every feed; what can be judged is judged. */
  dayBegins(date: string): Promise<void>
  /** Every change of its risk that stands, in the order of time; as known at midnight of a day, where one is given. */
  changes(enterprise: string, known?: string): readonly RiskPoint[]
  /** Its risk as it stands; 0 and class A where nothing was ever said. */
  risk(enterprise: string): Pick<RiskPoint, 'risk' | 'basis' | 'class' | 'signals'>
  /** Warnings as they stand, and what was sent to whom, after the alert role has read everything. */
  alerts(): Promise<{ readonly warnings: readonly Warning[]; readonly delivered: readonly Notice[] }>
}

const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard)
const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url))

/** Midnight in Taiyuan, UTC ms. */
export function midnight(date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const instant = civilDate(year, month, day, 480)
  if (instant === undefined) throw new Error(`${date} is no date`)
  return instant
}

export async function createGuideCity(): Promise<GuideCity> {
  const set = loadPolicySet(POLICIES, 'demo-city')
  const realm: RealmPolicy = { ...set.realm, realm: 'city' }
  const policy = compilePolicy(realm)
  let now = 0
  const clock = { now: () => now }
  const log = createMemoryEventLog({ wait: async () => undefined })
  const secrets = { personalKey: new Uint8Array(32).fill(1), legacyCodes: new Set<string>() }
  const feeds = new Map([...set.feeds].map(([name, feed]) => [name, compileFeed(feed, realm, secrets)]))
  const index = createMemoryRecordIndex(log)
  const shared = { index, log, heldBound: 1e9, clock, sealer: testSealer() }
  const intake = await openRealmIntake({ ...shared, realm: 'city', feeds: [...feeds.keys()], live: undefined })
  const processor = createRealmProcessor(policy, ALL_SHARDS, new Map())
  const cells = emptyCellState()
  const reader = await log.reader({
    topic: 'observations',
    realm: 'city',
    shards: ALL_SHARDS,
    after: new Map(),
    maxBytes: 1e8,
  })
  const world = createAlertWorld(realm, clock.now)
  const said: RiskPoint[] = []

  /** Both stages of folding in turn, until neither has anything to say. */
  async function judge(): Promise<void> {
    for (let moved = true; moved; ) {
      const batches = await reader.poll(0)
      processor.observe(batches)
      processor.elapse()
      const output = processor.said()
      said.push(...output.points.map(({ point }) => point))
      for (const shard of ALL_SHARDS) {
        const own = output.points.flatMap(({ point }) => (shardOf(point.enterprise) === shard ? [point] : []))
        if (own.length > 0) await world.append('signals', shard, own)
      }
      for (const batch of output.aggregates) {
        for (const partial of parseLines<PartialPeriod>(batch.bytes)) observePartial(cells, partial)
      }
      const sealed = sealPeriods(cells, policy.periodMs)
      processor.takeSealed(sealed)
      moved = batches.length > 0 || output.aggregates.length > 0 || sealed.length > 0
    }
  }

  const changes = (enterprise: string, known?: string) => {
    const until = known === undefined ? Number.POSITIVE_INFINITY : midnight(known)
    const newest = new Map<number, RiskPoint>()
    for (const point of said) {
      if (point.enterprise === enterprise && point.recorded <= until) newest.set(point.effective, point)
    }
    return [...newest.values()]
      .filter(({ removed }) => removed === 0)
      .sort((left, right) => left.effective - right.effective)
  }

  return {
    policy: realm,
    async files(name, rows) {
      const feed = feeds.get(name)
      if (feed === undefined) throw new Error(`there is no feed ${name}`)
      const text = feed.policy.format === 'csv' ? asCsv(rows) : rows.map((row) => JSON.stringify(row)).join('\n')
      const decoded = readRows(feed.policy, Buffer.from(text))
      const receipt = await intake.submit({
        feed,
        source: name,
        rows: decoded,
        bulk: false,
        occurrence: createOccurrences(),
      })
      await judge()
      return receipt
    },
    async dayBegins(date) {
      now = midnight(date)
      await intake.declare(undefined, now, false)
      await judge()
    },
    changes,
    risk: (enterprise) => changes(enterprise).at(-1) ?? { risk: 0, basis: 0, class: 'A', signals: [] },
    async alerts() {
      await world.run()
      const newest = new Map<string, Warning>()
      for (const row of world.rows('warnings') as unknown as Warning[]) {
        if (row.revision >= (newest.get(row.id)?.revision ?? 0)) newest.set(row.id, row)
      }
      return { warnings: [...newest.values()], delivered: world.delivered }
    },
  }
}

function asCsv(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return [columns.join(','), ...rows.map((row) => columns.map((column) => row[column] ?? '').join(','))].join('\n')
}

/** A penalty in the columns of the double publicity (双公示), as an authority files it. */
export function penalty(
  number: string,
  filed: string,
  change: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    CF_XDR_MC: '演示·晋香酒楼',
    CF_XDR_SHXYM: CODE,
    CF_WSH: number,
    CF_WFXW: '食品卫生',
    CF_CFLB: '责令停产停业',
    CF_NR_FK: '5.0',
    CF_JDRQ: filed,
    CF_CFJG: '市场监管局',
    CF_CFJGDM: '11140100YX0000016C',
    BZ: '',
    DFBM: '140105',
    SJC: `${filed} 09:00:00`,
    ...change,
  }
}

/** A restaurant enters the register. */
export const REGISTRATION: Readonly<Record<string, string>> = {
  业务流水号: 'GS1',
  业务类型: '设立',
  统一社会信用代码: CODE,
  名称: '演示·晋香酒楼',
  行业门类: 'H',
  行政区划: '140105',
  成立日期: '2020-05-01',
  登记状态: '存续',
  推送时间: '2026-01-01 08:00:00',
}
