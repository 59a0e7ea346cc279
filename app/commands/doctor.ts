import { statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { createHistory } from '../../adapters/clickhouse/history.ts'
import { createKafkaEventLog } from '../../adapters/kafka/event-log.ts'
import { createRedisPresent } from '../../adapters/redis/present.ts'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import type { Bilingual } from '../../core/bilingual.ts'
import { NO_REALM, type Present } from '../../core/present.ts'
import type { FeedHealth } from '../../core/risk.ts'
import type { ProcessorStatus } from '../../processors/present-teller.ts'
import { type Addresses, addressesFrom, readAddresses } from '../addresses.ts'
import { type Config, ROLES, type Role } from '../config.ts'
import { readDoors } from '../doors.ts'
import { dataFolderAt, heldBy, LEAST_FREE_BYTES } from '../embedded/data-folder.ts'
import { findRedis } from '../embedded/redis-binary.ts'
import { createLifecycle, type Lifecycle } from '../lifecycle.ts'
import { ALIVE_MS, readSignsOfLife, type SignOfLife } from '../signs-of-life.ts'

/** `note`: worth knowing, nothing to mend. */
export interface Check {
  readonly check: string
  readonly state: 'ok' | 'note' | 'failed'
  readonly text: Bilingual
}

const PATIENCE_MS = 9_000
const NOBODY_SAID: Check = {
  check: 'running',
  state: 'note',
  text: {
    zh: '此数据目录上没有运行中的系统;运行 fengsui start 启动',
    en: 'Nothing runs on this data folder: fengsui start begins it',
  },
}

/**
 * Whether the system is well: its folder, its servers, its roles, its feeds. With `role`, what that role needs and its
 * own sign of life on this machine alone, as a container asks. Nothing is changed by asking.
 */
export async function examine(config: Config, role: Role | undefined): Promise<readonly Check[]> {
  const folder = dataFolderAt(config.dataFolder)
  const lifecycle = createLifecycle()
  try {
    const disk = checkDisk(folder.path)
    const servers = addressesFrom(config)
    const running = servers !== undefined || heldBy(folder) !== undefined
    if (!running) return [disk, await checkRedisProgram(), role === undefined ? NOBODY_SAID : silent(role)]
    const addresses = servers ?? readAddresses(folder.run)
    if (addresses === undefined) return [disk, { ...NOBODY_SAID, text: STARTING }]
    const present = createRedisPresent({ redis: addresses.presentRedis, onFault: () => undefined })
    lifecycle.onStop('the present', () => present.close())
    const stores = await checkServers(config, addresses, present, lifecycle)
    if (stores.some(({ check, state }) => check === 'present' && state === 'failed')) return [disk, ...stores]
    const checks = [disk, ...stores, ...(await checkRoles(present, role))]
    if (role === undefined) checks.push(...(await checkRealms(present)))
    if (role === undefined || role === 'board') {
      checks.push(await checkBoard(servers === undefined ? readDoors(folder.run).board : ownBoard(config)))
    }
    return checks
  } finally {
    await lifecycle.stop()
  }
}

const STARTING: Bilingual = { zh: '系统正在启动', en: 'The system is just starting' }

function checkDisk(path: string): Check {
  try {
    const { bavail, bsize } = statfsSync(path)
    const free = Math.floor((bavail * bsize) / 1024 ** 2)
    const state = bavail * bsize < LEAST_FREE_BYTES ? 'failed' : 'ok'
    return { check: 'disk', state, text: { zh: `${path} 可用 ${free} MiB`, en: `${path}: ${free} MiB free` } }
  } catch {
    const text = {
      zh: `数据目录 ${path} 尚不存在,首次启动时建立`,
      en: `The data folder ${path} is made at the first start`,
    }
    return { check: 'disk', state: 'note', text }
  }
}

async function checkRedisProgram(): Promise<Check> {
  try {
    const { file } = await findRedis({ searchPath: process.env.PATH ?? '', install: false, announce: () => undefined })
    return { check: 'redis-program', state: 'ok', text: { zh: `Redis:${file}`, en: `Redis: ${file}` } }
  } catch (error) {
    return failed('redis-program', { zh: '没有找到 Redis 服务程序', en: 'No Redis server was found' }, error)
  }
}

async function checkServers(
  config: Config,
  addresses: Addresses,
  present: Present,
  lifecycle: Lifecycle,
): Promise<Check[]> {
  const redisLog = createRedisEventLog({ redis: addresses.logRedis, maxBytesHeld: 1 })
  lifecycle.onStop('the log', () => redisLog.close())
  const history = createHistory(addresses.history)
  lifecycle.onStop('the history', () => history.close())
  const checks = [
    reach('log-redis', 'Redis(日志)', 'Redis of the log', () => redisLog.ends('decisions', 'city')),
    reach('present', 'Redis(现状)', 'Redis of the present', () => present.read(NO_REALM, 'realms')),
    reach('history', 'ClickHouse(历史)', 'ClickHouse, the history', () => history.query('SELECT 1', {})),
  ]
  if (config.log === 'kafka') {
    const { kafkaBrokers: brokers, kafkaReplication: replicationFactor } = config
    const kafka = createKafkaEventLog({ brokers, replicationFactor, clock: systemClock })
    lifecycle.onStop('Kafka', () => kafka.close())
    checks.push(reach('kafka', 'Kafka', 'Kafka', () => kafka.ends('decisions', 'city')))
  }
  return Promise.all(checks)
}

async function reach(check: string, zh: string, en: string, call: () => Promise<unknown>): Promise<Check> {
  const waiting = new AbortController()
  try {
    const late = delay(PATIENCE_MS, undefined, { signal: waiting.signal }).then(() => {
      throw new Error(`no answer within ${PATIENCE_MS / 1000} s`)
    })
    await Promise.race([call(), late])
    return { check, state: 'ok', text: { zh: `${zh}:可达`, en: `${en}: answers` } }
  } catch (error) {
    return failed(check, { zh: `${zh}:不可达`, en: `${en}: cannot be reached` }, error)
  } finally {
    waiting.abort()
  }
}

function failed(check: string, { zh, en }: Bilingual, error: unknown): Check {
  const why = error instanceof Error ? error.message : String(error)
  return { check, state: 'failed', text: { zh: `${zh}(${why})`, en: `${en} (${why})` } }
}

async function checkRoles(present: Present, wanted: Role | undefined): Promise<Check[]> {
  const now = systemClock.now()
  const signs = await readSignsOfLife(present)
  // A container asks about itself; another one's sign of life would hide that it hangs.
  const mine = wanted === undefined ? signs : signs.filter(({ host }) => host === hostname())
  const roles = wanted === undefined ? ROLES.filter((role) => role !== 'receiver') : [wanted]
  return roles.flatMap((role) => {
    const own = mine.filter((sign) => sign.role === role)
    return own.length === 0 ? [silent(role)] : own.map((sign) => freshness(sign, now))
  })
}

function silent(role: Role): Check {
  return {
    check: `role ${role}`,
    state: 'failed',
    text: { zh: `角色 ${role} 没有运行`, en: `The role ${role} does not run` },
  }
}

function freshness({ role, host, pid, at }: SignOfLife, now: number): Check {
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  return {
    check: `role ${role}`,
    state: now - at > ALIVE_MS ? 'failed' : 'ok',
    text: {
      zh: `角色 ${role}(${host},进程 ${pid}):${seconds} 秒前有心跳`,
      en: `The role ${role} (${host}, process ${pid}): last sign of life ${seconds} s ago`,
    },
  }
}

async function checkRealms(present: Present): Promise<Check[]> {
  const checks: Check[] = []
  for (const realm of Object.keys(await present.read(NO_REALM, 'realms')).sort()) {
    const healths = Object.values(await present.read(realm, 'feeds')).map((text): FeedHealth => JSON.parse(text))
    const unwell = healths.filter(({ state }) => state !== 'healthy').map(({ feed, state }) => `${feed} (${state})`)
    const names = unwell.length === 0 ? '' : `: ${unwell.join(', ')}`
    checks.push({
      check: `feeds ${realm}`,
      state: unwell.length === 0 ? 'ok' : 'note',
      text: {
        zh: `数据域 ${realm}:${healths.length} 个数据源,${unwell.length} 个异常${names}`,
        en: `The realm ${realm}: ${healths.length} feeds, ${unwell.length} of them not healthy${names}`,
      },
    })
    for (const [key, text] of Object.entries(await present.read(realm, 'positions'))) {
      if (key.startsWith('process ')) checks.push(foldingOf(realm, JSON.parse(text)))
    }
  }
  return checks
}

function foldingOf(realm: string, { at, pending, settled }: ProcessorStatus): Check {
  const age = systemClock.now() - at
  return {
    check: `folding ${realm}`,
    state: age > ALIVE_MS ? 'failed' : 'ok',
    text: {
      zh: `数据域 ${realm}:计算进度 ${Math.round(age / 1000)} 秒前更新,${pending} 条等待时间推进${settled ? ',已追平' : ''}`,
      en: `The realm ${realm}: folded ${Math.round(age / 1000)} s ago, ${pending} observations wait for time to come${settled ? ', caught up' : ''}`,
    },
  }
}

/** In a container: whatever it listens on, it answers itself on the loopback. */
function ownBoard({ host, boardPort }: Config): string {
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${boardPort}`
}

async function checkBoard(url: string): Promise<Check> {
  return reach('board', '看板', 'The board', async () => {
    const reply = await fetch(`${url}/healthz`)
    if (!reply.ok) throw new Error(`HTTP ${reply.status}`)
  })
}
