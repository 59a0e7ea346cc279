import { Refusal, Retryable } from '../../core/errors.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { Row } from '../../ingest/decode/row.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'
import type { Registry } from '../../ingest/registry.ts'

/** The one feed of each realm that a device protocol brings, found by its format. */
export interface DeviceFeeds {
  readonly realms: readonly string[]
  has(realm: string): boolean
  policyOf(realm: string): FeedPolicy
  /** Resolves when all of it is durable. Errors: `Retryable` where it is not, or where the log is too full. */
  submit(realm: string, source: string, rows: readonly Row[]): Promise<void>
}

/** Errors: `Refusal` where a realm has two feeds of the format: nobody could tell whose a device is. */
export function deviceFeeds(registry: Registry, format: FeedPolicy['format']): DeviceFeeds {
  const found = new Map<string, CompiledFeed>()
  for (const [realm, { feeds }] of registry) {
    const [feed, other] = [...feeds.values()].filter(({ compiled }) => compiled.policy.format === format)
    if (other !== undefined)
      throw new Refusal({
        zh: `数据域 ${realm} 有两个格式为 ${format} 的数据源,请只保留一个`,
        en: `Realm ${realm} has two feeds of format ${format}: keep one of them.`,
      })
    if (feed !== undefined) found.set(realm, feed.compiled)
  }

  function partsOf(realm: string) {
    const intake = registry.get(realm)?.intake
    const feed = found.get(realm)
    if (intake === undefined || feed === undefined) throw new Error(`realm ${realm} has no feed of format ${format}`)
    return { intake, feed }
  }

  return {
    realms: [...found.keys()],
    has: (realm) => found.has(realm),
    policyOf: (realm) => partsOf(realm).feed.policy,
    async submit(realm, source, rows) {
      if (rows.length === 0) return
      const { intake, feed } = partsOf(realm)
      if (await intake.isPressed()) throw new Retryable('log-full', `the log of ${realm} holds more than it should`)
      await intake.submit({ feed, source, rows, bulk: false, occurrence: createOccurrences() })
    },
  }
}
