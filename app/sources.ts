import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createFolderSource } from '../adapters/files/folder-source.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { RecordIndex } from '../ingest/record-index.ts'
import type { RegisteredFeed, RegisteredRealm, Registry } from '../ingest/registry.ts'
import type { FileSource } from '../ingest/sources/file-source.ts'
import { type SourcedFeed, takeFiles } from '../ingest/sources/take-files.ts'
import { follow } from './follow-source.ts'
import type { RoleContext } from './roles/role.ts'
import { openSource } from './source-of-policy.ts'

const DROP_LOOK_MS = 2_000
const DEFAULT_SECONDS = 60
const PRESSURE_MS = 500

/**
 * Takes files in until the role stops: from the folders `{drop}/{realm}/{feed}` that there are, and from the sources that
 * feed policies name. One file at a time, whichever it is from.
 */
export async function runSources(context: RoleContext, registry: Registry, index: RecordIndex): Promise<void> {
  const { config, folder, signal } = context
  const turn = oneAtATime()
  const drop = config.dropFolder ?? join(folder.path, 'drop')
  const secrets = config.secretsFolder ?? join(folder.keys, 'sources')
  const following: Promise<void>[] = []
  for (const [realmName, realm] of registry) {
    for (const feed of realm.feeds.values()) {
      const sourced = sourcedFeed(context, { realmName, realm, feed, index, turn })
      const { feed: name, source: policy } = feed.compiled.policy
      const dropped = createFolderSource({ folder: join(drop, realmName, name), clock: systemClock })
      const look = async () =>
        existsSync(join(drop, realmName, name)) ? takeFiles({ ...sourced, place: 'drop', source: dropped }) : false
      following.push(follow({ everyMs: DROP_LOOK_MS, look, signal, onFault: faultOf(context, realmName, name) }))
      if (policy === undefined) continue
      const kept = keepOpen(() => openSource(policy, secrets))
      context.lifecycle.onStop(`the source of ${name}`, kept.close)
      following.push(
        follow({
          everyMs: (policy.everySeconds ?? DEFAULT_SECONDS) * 1_000,
          look: async () => takeFiles({ ...sourced, place: policy.kind, source: kept.source() }),
          signal,
          onFault: faultOf(context, realmName, name),
        }),
      )
    }
  }
  await Promise.all(following)
}

interface Placed {
  readonly realmName: string
  readonly realm: RegisteredRealm
  readonly feed: RegisteredFeed
  readonly index: RecordIndex
  readonly turn: SourcedFeed['turn']
}

function sourcedFeed({ logger, signal }: RoleContext, placed: Placed): Omit<SourcedFeed, 'source' | 'place'> {
  const { realmName, realm, feed, index, turn } = placed
  const { intake } = realm
  return {
    realm: realmName,
    feed: feed.compiled,
    intake,
    index,
    clock: systemClock,
    bulk: realm.clock === 'event',
    turn,
    signal,
    async ready() {
      while (await intake.isPressed()) await delay(PRESSURE_MS, undefined, { signal })
    },
    onTaken(file, counts, failed) {
      const said = { realm: realmName, feed: feed.compiled.policy.feed, file: file.name, ...counts }
      if (failed === undefined) logger.info(said, 'a file was taken in')
      else logger.warn({ ...said, failed }, 'a file could not be taken in')
    },
  }
}

function faultOf({ logger }: RoleContext, realm: string, feed: string) {
  return (error: Error, waitMs: number): void => {
    logger.warn({ realm, feed, err: error, waitMs }, 'a source of files cannot be used')
  }
}

/** Opened when it is first looked at: a secret that is missing then may be there later. */
function keepOpen(open: () => FileSource) {
  let source: FileSource | undefined
  return {
    source(): FileSource {
      source ??= open()
      return source
    },
    async close(): Promise<void> {
      await source?.close()
    },
  }
}

function oneAtATime(): SourcedFeed['turn'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
}
