import { type KafkaSourceOptions, startKafkaSource } from '../adapters/kafka/source.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { Refusal } from '../core/errors.ts'
import type { Registry } from '../ingest/registry.ts'
import { type KafkaFeed, type KafkaLogin, readKafkaFeeds } from './kafka-feeds.ts'
import type { RoleContext } from './roles/role.ts'

/** Every topic of another system that the site has named as a feed. Errors: `Refusal` where there is no such feed. */
export function openKafkaDoor({ config, lifecycle, logger }: RoleContext, registry: Registry): void {
  if (config.kafkaFeeds === undefined) return
  for (const { realm, feed: name, ssl, sasl, ...rest } of readKafkaFeeds(config.kafkaFeeds)) {
    const registered = registry.get(realm)
    const feed = registered?.feeds.get(name)
    if (registered === undefined || feed === undefined) {
      throw new Refusal({
        zh: `${config.kafkaFeeds} 中的数据源 ${realm}/${name} 不在任何规则集中`,
        en: `${config.kafkaFeeds} names the feed ${realm}/${name}, which no policy set has.`,
      })
    }
    const about = { realm, feed: name, topic: rest.topic }
    const source = startKafkaSource({
      ...rest,
      ...security({ ssl, sasl }),
      feed: feed.compiled,
      intake: registered.intake,
      clock: systemClock,
      onTrouble: (error) => logger.warn({ err: error, ...about }, 'a topic could not be read on'),
      onLost: ({ partition, from, to }) =>
        logger.error({ ...about, partition, from: String(from), to: String(to) }, 'messages were dropped unread'),
    })
    lifecycle.onStop('a topic of another system', () => source.close())
  }
}

function security({ ssl, sasl }: Pick<KafkaFeed, 'ssl' | 'sasl'>): Pick<KafkaSourceOptions, 'ssl' | 'sasl'> {
  return { ssl, ...(sasl === undefined ? {} : { sasl: login(sasl) }) }
}

/** One branch for each mechanism: their types are three in kafkajs. */
function login({ mechanism, username, password }: KafkaLogin): NonNullable<KafkaSourceOptions['sasl']> {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password }
    case 'scram-sha-256':
      return { mechanism, username, password }
    case 'scram-sha-512':
      return { mechanism, username, password }
  }
}
