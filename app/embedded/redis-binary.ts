import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Refusal } from '../../core/errors.ts'

/** A program that is a Redis server when it is started under the name `argv0`. */
export interface RedisBinary {
  readonly file: string
  readonly argv0: string
}

export interface FindRedisOptions {
  /** Folders as in the environment's PATH. */
  readonly searchPath: string
  /** Whether a missing server may be installed; only root on a system with apt-get can. */
  readonly install: boolean
  /** Called with what is about to be installed. */
  readonly announce: (what: string) => void
}

const SERVER_VERSION = /^Redis server v=/
/** Holds the server under another name, and brings no system service with it. */
const DEBIAN_PACKAGE = 'redis-tools'

/** Errors: `Refusal` that says what to install. */
export async function findRedis(options: FindRedisOptions): Promise<RedisBinary> {
  const found = lookUp(options.searchPath)
  if (found !== undefined) return found
  const aptGet = onPath('apt-get', options.searchPath)
  if (options.install && aptGet !== undefined && process.getuid?.() === 0) {
    options.announce(
      `缺少 Redis,正在用 apt-get 安装 ${DEBIAN_PACKAGE} / Redis is missing: installing the package ${DEBIAN_PACKAGE} with apt-get`,
    )
    const installed =
      (await succeeds(aptGet, ['update'])) &&
      (await succeeds(aptGet, ['install', '-y', '--no-install-recommends', DEBIAN_PACKAGE]))
    const brought = installed ? lookUp(options.searchPath) : undefined
    if (brought !== undefined) return brought
  }
  throw new Refusal({
    zh: `没有找到 Redis 服务程序,请安装后重新启动(Debian、Ubuntu:apt-get install ${DEBIAN_PACKAGE};macOS:brew install redis)`,
    en: `No Redis server was found: install one (Debian and Ubuntu: apt-get install ${DEBIAN_PACKAGE}; macOS: brew install redis), then start again.`,
  })
}

function lookUp(searchPath: string): RedisBinary | undefined {
  for (const name of ['redis-server', 'redis-check-rdb']) {
    const file = onPath(name, searchPath)
    if (file === undefined) continue
    const answer = spawnSync(file, ['--version'], { argv0: 'redis-server', encoding: 'utf8' })
    if (SERVER_VERSION.test(answer.stdout ?? '')) return { file, argv0: 'redis-server' }
  }
  return undefined
}

function onPath(name: string, searchPath: string): string | undefined {
  return searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

function succeeds(file: string, parameters: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(file, parameters, {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}
