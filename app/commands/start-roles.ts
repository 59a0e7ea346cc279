import { Refusal } from '../../core/errors.ts'
import { addressesFrom } from '../addresses.ts'
import type { Config, Role } from '../config.ts'
import { runRoles } from '../role-process.ts'

/** What a site's own installation watches: its real city. Other realms come with `replay` and `simulate`. */
const REALMS = ['city']

/**
 * Only these roles, in this process, against the servers that the environment names: a container of its own each.
 * Resolves to the exit code. Errors: `Refusal` where the servers are not named.
 */
export async function runStartRoles(roles: readonly Role[], config: Config, policiesFolder: string): Promise<0 | 1> {
  if (addressesFrom(config) === undefined) {
    throw new Refusal({
      zh: '使用 --roles 时须在环境变量中指明各服务器',
      en: 'With --roles, name the servers: LOG_REDIS_URL, PRESENT_REDIS_URL and CLICKHOUSE_URL in the environment.',
    })
  }
  return (await runRoles(roles, config, policiesFolder, REALMS)) === 0 ? 0 : 1
}
