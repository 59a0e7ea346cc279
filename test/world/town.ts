import type { RealmPolicy } from '../../core/policy.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { type CompiledPolicy, compilePolicy } from '../../processors/compile-policy.ts'
import { CITY, FEEDS, NEXT_CITY, OFFICES } from './city.ts'
import type { Dice } from './dice.ts'
import { judgeAll } from './oracle.ts'
import { factsOf } from './oracle-facts.ts'
import { type Filed, type Story, tellStory } from './story.ts'

/** Whose rules a world keeps, and what is filed in it. */
export interface Town {
  readonly policy: CompiledPolicy
  readonly feeds: ReadonlyMap<string, CompiledFeed>
  /** Who files which feeds, each at a pace of its own. */
  readonly offices: readonly (readonly string[])[]
  tell(dice: Dice): Story
  /** `id version` of every observation that these rows hold. */
  namesOf(rows: readonly Filed[]): readonly string[]
  /** The policy that may take its place while a world runs. */
  readonly next?: RealmPolicy
  /** What the oracle makes of the rows; absent for rules that it does not know. */
  readonly judge?: typeof judgeAll
}

export const SECRETS = { personalKey: new Uint8Array(32).fill(9), legacyCodes: new Set<string>() }

/** Small enough to be judged by hand. */
export const SMALL_TOWN: Town = {
  policy: compilePolicy(CITY),
  feeds: new Map(FEEDS.map((feed) => [feed.feed, compileFeed(feed, CITY, SECRETS)])),
  offices: OFFICES,
  tell: tellStory,
  namesOf: (rows) => factsOf(rows).flatMap(({ id, version, gone }) => (gone ? [] : [`${id} ${version}`])),
  next: NEXT_CITY,
  judge: judgeAll,
}
