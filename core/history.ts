/** History is ClickHouse in both columns of DESIGN; rows are the JSON lines of the log, untouched. */
export interface History {
  /**
   * Inserts NDJSON bytes, or where `columns` is given tab-separated values (escaped as ClickHouse escapes them) in that
   * order. `token` names the batch: the same token again inserts nothing.
   * Errors: `Retryable` when the store cannot be reached, `Rejected` when it refuses the rows.
   */
  insert(table: HistoryTable, rows: Uint8Array, token: string, columns?: readonly string[]): Promise<void>
  /** Rows as objects. 64-bit integers come as text only where they exceed 2^53. */
  query<Row>(sql: string, params: Readonly<Record<string, unknown>>): Promise<readonly Row[]>
  command(sql: string): Promise<void>
  close(): Promise<void>
}

export type HistoryTable =
  | 'observations'
  | 'rejects'
  | 'reject_states'
  | 'archive'
  | 'enterprises'
  | 'risk'
  | 'warnings'
  | 'notices'
  | 'decisions'
  | 'snapshots'
