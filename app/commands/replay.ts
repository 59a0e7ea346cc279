import { setTimeout as delay } from 'node:timers/promises'
import { createReplayFiles } from '../../adapters/files/replay-files.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { Refusal } from '../../core/errors.ts'
import { createAliases } from '../../ingest/identity/aliases.ts'
import { needsOf, withoutBooks } from '../../ingest/references.ts'
import type { ReplayFeed } from '../../ingest/replay/job.ts'
import type { ReplaySpeed } from '../../ingest/replay/pace.ts'
import { type ReplayProgress, type ReplaySummary, replay } from '../../ingest/replay/replay.ts'
import { createSealer } from '../../ingest/sealed-bytes.ts'
import { caughtUp } from '../caught-up.ts'
import type { Config } from '../config.ts'
import { secret } from '../embedded/data-folder.ts'
import { compileFeeds, openRecordIndex } from '../ingest-parts.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { loadPolicySets } from '../policies.ts'
import { openPorts } from '../ports.ts'
import { enterRealm } from '../realm-roster.ts'
import { retryWords } from '../retry.ts'
import { openSession } from '../session.ts'
import { createSupervisor } from '../supervisor.ts'

export interface ReplayCommand {
  readonly realm: string
  readonly feeds: readonly { readonly feed: string; readonly files: readonly string[] }[]
  readonly speed: ReplaySpeed
  readonly signal: AbortSignal
  readonly onProgress: (progress: ReplayProgress) => void
  readonly announce: (text: string) => void
}

/**
 * Files of real records through ingest into a realm. Where no system runs on the data folder, the roles that fold and
 * judge run for as long as it takes; it ends when every score is in the history.
 */
export async function runReplay(
  config: Config,
  policiesFolder: string,
  command: ReplayCommand,
  lifecycle: Lifecycle,
): Promise<readonly ReplaySummary[]> {
  const policies = loadPolicySets(policiesFolder)
  const set = policies.get(command.realm)
  if (set === undefined)
    throw new Refusal({
      zh: `没有数据域 ${command.realm} 的规则集,现有 ${[...policies.keys()].join('、')}`,
      en: `There is no policy set for the realm "${command.realm}": there are ${[...policies.keys()].join(', ')}.`,
    })
  for (const { feed } of command.feeds) {
    if (!set.feeds.has(feed))
      throw new Refusal({
        zh: `数据域 ${command.realm} 没有数据源 ${feed},现有 ${[...set.feeds.keys()].join('、')}`,
        en: `The realm ${command.realm} has no feed "${feed}": it has ${[...set.feeds.keys()].join(', ')}.`,
      })
  }
  const session = await openSession(config, lifecycle, command.announce)
  const ports = await openPorts(config, session.addresses, lifecycle, (error) => command.announce(retryWords(error)))
  await enterRealm(ports.present, set)
  if (!session.running) await startRoles(config, session.folder.run, policiesFolder, lifecycle, command.announce)
  const index = openRecordIndex(config, session.addresses, ports, (error) => command.announce(retryWords(error)))
  lifecycle.onStop('the record index', () => index.close())
  const compiled = compileFeeds(set, secret(session.folder, 'personal'))
  const needs = needsOf([...set.feeds.values()])
  const aliases = createAliases(await index.wholeBook(command.realm, 'identities'))
  const feeds: ReplayFeed[] = command.feeds.flatMap(({ feed, files }) => {
    const policy = compiled.get(feed)
    return policy === undefined ? [] : [{ feed: withoutBooks(policy, needs.get(feed) ?? [], aliases), files }]
  })
  return replay(
    {
      index,
      log: ports.log,
      heldBound: config.logBoundBytes / 2,
      files: createReplayFiles(session.folder.path),
      clock: systemClock,
      sealer: createSealer(secret(session.folder, 'rejects')),
      wait: (ms) => delay(ms, undefined, { signal: command.signal }),
    },
    {
      realm: command.realm,
      zoneOffsetMinutes: set.realm.zoneOffsetMinutes,
      feeds,
      speed: command.speed,
      signal: command.signal,
      onProgress: command.onProgress,
      downstream: () => caughtUp(ports, command.realm, command.signal),
    },
  )
}

async function startRoles(
  config: Config,
  runFolder: string,
  policiesFolder: string,
  lifecycle: Lifecycle,
  announce: (text: string) => void,
): Promise<void> {
  const supervisor = createSupervisor({
    runFolder,
    policiesFolder,
    environment: { FENGSUI_DATA: config.dataFolder },
    lifecycle,
    onRestart: (name, code) =>
      announce(`${name} 意外退出(${code}),正在重启 / ${name} has died (${code}) and is started again`),
    onGivenUp: (error) => announce(error.message),
  })
  await supervisor.start('process', ['process', 'alert'])
}
