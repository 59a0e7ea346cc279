import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../../core/errors.ts'
import { fullHash } from '../../core/hash.ts'
import type { History } from '../../core/history.ts'
import { createHistory, type HistoryConnection } from './history.ts'

interface Migration {
  readonly number: number
  readonly name: string
  readonly hash: string
  readonly statements: readonly string[]
}

const FILE = /^(\d{4})_[a-z0-9_-]+\.sql$/

/**
 * The database made where it is missing, its tables brought up to date, and a way in. `folder` holds the migrations.
 * Errors: `Retryable` where the store cannot be reached, `Refusal` as `migrate`.
 */
export async function openHistory(connection: HistoryConnection, folder: string): Promise<History> {
  const { database, ...server } = connection
  if (!/^\w+$/.test(database))
    throw new Refusal({
      zh: `“${database}”不能用作数据库名,请只用字母、数字和 _`,
      en: `"${database}" cannot name a database: use letters, digits and _.`,
    })
  const whole = createHistory({ ...server, database: 'default' })
  try {
    await whole.command(`CREATE DATABASE IF NOT EXISTS ${database}`)
  } finally {
    await whole.close()
  }
  const history = createHistory(connection)
  await migrate(history, folder)
  return history
}

/**
 * Runs the migrations that have not run yet, in the order of their numbers, and returns their names.
 * Errors: `Refusal` when a migration that has already run was changed since.
 */
export async function migrate(history: History, folder: string): Promise<readonly string[]> {
  await history.command(
    `CREATE TABLE IF NOT EXISTS migrations (
      number UInt32, name String, hash String,
      applied Int64 DEFAULT toUnixTimestamp64Milli(now64(3)) COMMENT 'wall clock, UTC ms'
    ) ENGINE = ReplacingMergeTree ORDER BY number`,
  )
  const rows = await history.query<{ number: number; hash: string }>('SELECT number, hash FROM migrations FINAL', {})
  const applied = new Map(rows.map((row) => [row.number, row.hash]))
  const ran: string[] = []
  for (const migration of readMigrations(folder)) {
    const known = applied.get(migration.number)
    if (known === migration.hash) continue
    if (known !== undefined) {
      throw new Refusal({
        zh: `迁移 ${migration.name} 在执行之后被改动,请恢复原样并另写新的迁移`,
        en: `${migration.name} was changed after it had run: put it back, and write a new migration instead.`,
      })
    }
    // Statements are written to be repeatable (IF NOT EXISTS): a crash between them is mended by the next start.
    for (const statement of migration.statements) await history.command(statement)
    await history.command(
      `INSERT INTO migrations (number, name, hash) VALUES (${migration.number}, '${migration.name}', '${migration.hash}')`,
    )
    ran.push(migration.name)
  }
  return ran
}

function readMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => FILE.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8')
      return { number: Number(name.slice(0, 4)), name, hash: fullHash(text), statements: splitStatements(text) }
    })
}

/** Statements end with `;` at the end of a line; lines that begin with `--` are comments. */
function splitStatements(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('--'))
    .join('\n')
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
