import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../adapters/system-clock.ts'
import { Refusal } from '../../core/errors.ts'
import { readAddresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { createConsoleLine } from '../console-line.ts'
import { writeDoors } from '../doors.ts'
import { alreadyRuns, dataFolderAt, heldBy } from '../embedded/data-folder.ts'
import { type Language, say } from '../language.ts'
import { createLifecycle, type Lifecycle } from '../lifecycle.ts'
import { checkPorts, freePort } from '../listening.ts'
import { loadPolicySets } from '../policies.ts'
import { openPorts } from '../ports.ts'
import { enterRealm } from '../realm-roster.ts'
import { openSession } from '../session.ts'
import { startSimulationProcess } from '../simulation-process.ts'
import { createSupervisor } from '../supervisor.ts'

export interface StartCommand {
  /** Begin anew: what is in the data folder goes, its keys too. */
  readonly fresh: boolean
  readonly simulation: boolean
  readonly enterprises: number
  readonly speed: number
  readonly seed: number
  readonly language: Language
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

const LINE_EVERY_MS = 5_000
const LEAVING_MS = 15_000

/** Everything on one machine: parts, roles, receiver, simulated city; until it is told to stop. */
export async function runStart(
  config: Config,
  policiesFolder: string,
  command: StartCommand,
  lifecycle: Lifecycle,
): Promise<void> {
  const { language, print, signal } = command
  const began = performance.now()
  const folder = dataFolderAt(config.dataFolder)
  const holder = heldBy(folder)
  if (holder !== undefined) throw alreadyRuns(folder.path, holder)
  const wanted = [config.boardPort, config.ingestPort, config.receiverPort, config.mqttPort]
  await checkPorts(config.host, wanted, readAddresses(folder.run) === undefined ? 0 : LEAVING_MS)
  if (command.fresh) await clear(config, print)
  const policies = loadPolicySets(policiesFolder)
  print(say({ zh: '正在启动烽燧……', en: 'Fengsui is starting …' }, language))
  const session = await openSession(config, lifecycle, print)
  const ports = await openPorts(config, session.addresses, lifecycle, () => undefined)
  // The city itself is entered with its first record; until then the wall opens on the simulated one.
  const shown = policies.get(command.simulation ? 'demo' : 'city')
  if (shown === undefined)
    throw new Refusal({
      zh: `目录 ${policiesFolder} 中没有数据域 ${command.simulation ? 'demo' : 'city'} 的规则集`,
      en: `The folder ${policiesFolder} holds no policy set for the realm ${command.simulation ? 'demo' : 'city'}.`,
    })
  await enterRealm(ports.present, shown)
  const failed = new AbortController()
  const supervisor = createSupervisor({
    runFolder: session.folder.run,
    policiesFolder,
    environment: environmentOf(await withReceiverPort(config)),
    lifecycle,
    onRestart: (name, code) =>
      print(
        say(
          { zh: `${name} 意外退出 (${code}),正在重启`, en: `${name} has died (${code}) and is started again` },
          language,
        ),
      ),
    onGivenUp: (error) => failed.abort(error),
  })
  const roles = await Promise.all([
    supervisor.start('process', ['process']),
    supervisor.start('receiver', ['receiver']),
    supervisor.start('ingest', ['ingest']),
    supervisor.start('board', ['board', 'alert', 'inspect']),
  ])
  const doors = Object.assign({}, ...roles.map((role) => role.ready))
  writeDoors(session.folder.run, doors)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  print(
    say(
      {
        zh: `看板:${doors.board}/  接入:${doors.ingest}/ingest/  (启动用时 ${seconds} 秒,Ctrl-C 退出)`,
        en: `Board: ${doors.board}/  records: ${doors.ingest}/ingest/  (started in ${seconds} s; Ctrl-C stops everything)`,
      },
      language,
    ),
  )
  const stop = AbortSignal.any([signal, failed.signal])
  const simulation = command.simulation ? startSimulationProcess(config, command, lifecycle, print, stop) : undefined
  const line = createConsoleLine(ports.present, shown.realm.realm, shown.realm.zoneOffsetMinutes, language)
  while (!stop.aborted) {
    await Promise.race([
      delay(LINE_EVERY_MS, undefined, { signal: stop }).catch(() => undefined),
      simulation?.failed ?? new Promise(() => undefined),
    ])
    if (!stop.aborted) print(await line(systemClock.now()).catch((error: Error) => error.message))
  }
  print(say({ zh: '正在停止……', en: 'Stopping …' }, language))
  if (failed.signal.aborted) throw failed.signal.reason
}

/** Parts that outlived a crash are stopped before their data goes. */
async function clear(config: Config, print: (line: string) => void): Promise<void> {
  const folder = dataFolderAt(config.dataFolder)
  if (readAddresses(folder.run) !== undefined) {
    const left = createLifecycle()
    await openSession(config, left, print)
    await left.stop()
  }
  for (const part of [folder.log, folder.present, folder.history, folder.keys])
    rmSync(part, { recursive: true, force: true })
}

/** Notices are sent to the receiver by its port: where any will do, one has to be found before both start. */
async function withReceiverPort(config: Config): Promise<Config> {
  return config.receiverPort === 0 ? { ...config, receiverPort: await freePort(config.host) } : config
}

/** What the roles' processes need to know beyond their own environment. */
function environmentOf(config: Config): Record<string, string> {
  return {
    FENGSUI_DATA: config.dataFolder,
    FENGSUI_HOST: config.host,
    FENGSUI_PORT: String(config.boardPort),
    FENGSUI_INGEST_PORT: String(config.ingestPort),
    FENGSUI_RECEIVER_PORT: String(config.receiverPort),
    FENGSUI_MQTT_PORT: String(config.mqttPort),
    FENGSUI_LOG: config.log,
    FENGSUI_LOG_BOUND_MB: String(config.logBoundBytes / 1024 ** 2),
    KAFKA_BROKERS: config.kafkaBrokers.join(','),
  }
}
