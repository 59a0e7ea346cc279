import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { type Addresses, readAddresses } from '../app/addresses.ts'
import { type Config, readConfig } from '../app/config.ts'
import { holdDataFolder } from '../app/embedded/data-folder.ts'
import { readHistoryAddress } from '../app/embedded/history-address.ts'
import { startParts } from '../app/embedded/parts.ts'
import { createLifecycle, type Lifecycle } from '../app/lifecycle.ts'
import { openPorts, type Ports } from '../app/ports.ts'
import type { BenchContext } from './bench.ts'
import { listProcesses } from './processes.ts'

/** Private parts on a fresh data folder, for one measurement. */
export interface FreshParts {
  readonly config: Config
  readonly addresses: Addresses
  readonly ports: Ports
  /** Process numbers of the owner of the history and of the log's Redis, where the system tells them. */
  readonly pids: { readonly owner: number | undefined; readonly redis: number | undefined }
  readonly runFolder: string
  readonly lifecycle: Lifecycle
  stop(): Promise<void>
}

/** All ports of the doors are free ones, so that a running system is not disturbed. */
export const NO_PORTS = {
  FENGSUI_PORT: '0',
  FENGSUI_INGEST_PORT: '0',
  FENGSUI_RECEIVER_PORT: '0',
  FENGSUI_MQTT_PORT: '0',
}

export async function freshParts(
  context: BenchContext,
  environment: Readonly<Record<string, string>> = {},
): Promise<FreshParts> {
  const lifecycle = createLifecycle()
  context.lifecycle.onStop('the parts of a measurement', () => lifecycle.stop())
  const config = readConfig({
    FENGSUI_DATA: mkdtempSync(join(context.folder, 'data-')),
    FENGSUI_APPENDFSYNC: 'always',
    ...NO_PORTS,
    ...environment,
  })
  const folder = holdDataFolder(config.dataFolder)
  lifecycle.onStop('the data folder', async () => folder.release())
  const { appendfsync } = config
  const addresses = await startParts(folder, { appendfsync, announce: context.announce }, lifecycle)
  const ports = await openPorts(config, addresses, lifecycle, (error) => context.announce(error.message))
  return {
    config,
    addresses: readAddresses(folder.run) ?? addresses,
    ports,
    pids: {
      owner: readHistoryAddress(folder.run)?.pid,
      redis: listProcesses().find(({ command }) => command.includes(join(folder.run, 'log.sock')))?.pid,
    },
    runFolder: folder.run,
    lifecycle,
    stop: () => lifecycle.stop(),
  }
}

/** What the roles' processes are told beside their own environment. */
export function roleEnvironment(config: Config): Record<string, string> {
  return {
    FENGSUI_DATA: config.dataFolder,
    FENGSUI_LOG: config.log,
    KAFKA_BROKERS: config.kafkaBrokers.join(','),
    FENGSUI_LOG_LEVEL: 'warn',
    ...NO_PORTS,
  }
}
