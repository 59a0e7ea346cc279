import { mkdirSync } from 'node:fs'
import { type RawInsertFormat, Session } from 'chdb'
import { Refusal } from '../../core/errors.ts'
import { createLane } from './lane.ts'
import { writeOwnerConfig } from './owner-config.ts'
import { type Statement, StatementError, text } from './owner-statement.ts'

export interface Outcome {
  readonly bytes: Uint8Array
  readonly readRows: number
  readonly readBytes: number
  readonly writtenRows: number
  readonly writtenBytes: number
  readonly seconds: number
}

/** ClickHouse inside this process. Main thread only: in a worker thread the library brings the process down as it ends. */
export interface Engine {
  run(statement: Statement, abandoned: AbortSignal): Promise<Outcome>
  /** Finishes what was accepted, then lets go of the folder. */
  close(): Promise<void>
}

const READERS = 3
const WAITING_READS = 256
const WAITING_WRITES = 256
/** Bounds of a read that names none of its own: seconds, rows, bytes. */
const READ_BOUNDS = {
  max_execution_time: '60',
  max_result_rows: '5000000',
  max_result_bytes: '268435456',
  max_memory_usage: '2147483648',
}
/** CANNOT_OPEN_FILE: the engine's own lock on the folder is another's, or may not be touched. */
const FOLDER_HELD = /Code: 76\b/
const READ = /^(?:SELECT|WITH|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN|VALUES)\b/i
const LEADING_COMMENTS = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|\()*/
const INSERT = /^\s*INSERT\s+INTO\s+(?:TABLE\s+)?([\w.`"]+)\s*(?:\(([^)]*)\))?\s*FORMAT\s+(\w+)\s*;?\s*$/i
const RAW_FORMATS = new Map<string, RawInsertFormat>(
  (
    [
      'JSONEachRow',
      'JSONCompactEachRow',
      'CSV',
      'CSVWithNames',
      'TSV',
      'TabSeparated',
      'TSVWithNames',
      'TabSeparatedWithNames',
    ] as const
  ).map((format) => [format.toLowerCase(), format]),
)

export function openEngine(folder: string): Engine {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const anchor = open(folder)
  const reads = createLane(READERS, WAITING_READS)
  const writes = createLane(1, WAITING_WRITES)

  return {
    run(statement, abandoned) {
      const reading = isRead(statement.sql)
      return (reading ? reads : writes).run(() => runAlone(folder, statement, reading), abandoned)
    },
    async close() {
      await Promise.all([reads.idle(), writes.idle()])
      anchor.close()
    },
  }
}

function open(folder: string): Session {
  try {
    // What is configured is taken from the first connection alone.
    return new Session(folder, { connectionArgs: [...writeOwnerConfig(folder)] })
  } catch (error) {
    if (error instanceof Error && FOLDER_HELD.test(error.message)) {
      throw new Refusal(
        {
          zh: `${folder} 中的历史库被另一进程占用或属于另一用户,请停掉该进程或以该用户启动`,
          en: `The history in ${folder} is held by another process, or belongs to another user: stop the one, or start as the other.`,
        },
        {
          cause: error,
        },
      )
    }
    throw error
  }
}

/** A connection of its own for each statement: settings and parameters live on the connection and would leak into the next. */
async function runAlone(folder: string, statement: Statement, reading: boolean): Promise<Outcome> {
  const session = new Session(folder)
  try {
    const insert = statement.payload.length > 0 ? INSERT.exec(statement.sql) : null
    const format = RAW_FORMATS.get(insert?.[3]?.toLowerCase() ?? '')
    if (insert?.[1] !== undefined && format !== undefined) {
      return await insertBytes(session, statement, insert[1], insert[2], format)
    }
    return await runText(session, statement, reading)
  } finally {
    session.close()
  }
}

async function insertBytes(
  session: Session,
  statement: Statement,
  target: string,
  columns: string | undefined,
  format: RawInsertFormat,
): Promise<Outcome> {
  const table = unquote(target)
  const done = await session.insert({
    table: table.includes('.') || statement.database === undefined ? table : `${statement.database}.${table}`,
    values: statement.payload,
    format,
    ...(columns === undefined ? {} : { columns: columns.split(',').map((column) => unquote(column.trim())) }),
    settings: statement.settings,
  })
  return {
    bytes: new Uint8Array(0),
    readRows: done.rowsWritten,
    readBytes: done.bytesSent,
    writtenRows: done.rowsWritten,
    writtenBytes: done.bytesWritten,
    seconds: done.elapsed,
  }
}

async function runText(session: Session, statement: Statement, reading: boolean): Promise<Outcome> {
  if (statement.sql.trim() === '') throw new StatementError(62, 'SYNTAX_ERROR', 'Empty query')
  const settings = reading ? { ...READ_BOUNDS, ...statement.settings } : statement.settings
  const parts: string[] = []
  if (statement.database !== undefined) parts.push(`USE \`${statement.database.replaceAll('`', '')}\``)
  for (const [name, value] of Object.entries(settings)) parts.push(`SET ${name} = ${literal(value)}`)
  for (const [name, value] of Object.entries(statement.params)) parts.push(`SET param_${name} = ${literal(value)}`)
  // 2 and not 1: the statement may still bring SETTINGS of its own.
  if (reading && !('readonly' in settings)) parts.push('SET readonly = 2')
  parts.push(statement.payload.length === 0 ? statement.sql : `${statement.sql}\n${text(statement.payload)}`)
  const result = await session.queryAsync(parts.join(';\n'), { format: statement.format })
  return {
    bytes: result.bytes(),
    readRows: result.rowsRead,
    readBytes: result.bytesRead,
    writtenRows: 0,
    writtenBytes: 0,
    seconds: result.elapsed,
  }
}

function isRead(sql: string): boolean {
  return READ.test(sql.replace(LEADING_COMMENTS, ''))
}

function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function unquote(name: string): string {
  return name.replaceAll(/[`"]/g, '')
}
