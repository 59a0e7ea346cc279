/** History is ClickHouse in both columns of DESIGN; rows are the lines of the log, untouched. */
export interface History {
  /**
   * Inserts lines of JSON objects, or rows of another `form`. `token` names the batch: the same token again inserts
   * nothing. The bytes may be used for something else once it resolves. Errors: `Retryable` when the store cannot be
   * reached, `Rejected` when it refuses the rows.
   */
  insert(table: HistoryTable, rows: Uint8Array, token: string, form?: RowForm): Promise<void>
  /** Rows as objects. 64-bit integers come as text only where they exceed 2^53. */
  query<Row>(sql: string, params: Readonly<Record<string, unknown>>): Promise<readonly Row[]>
  command(sql: string): Promise<void>
  close(): Promise<void>
}

/** Rows without names: the columns in their order, as ClickHouse writes and escapes them in that format. */
export interface RowForm {
  readonly format: 'JSONCompactEachRow' | 'TabSeparated'
  readonly columns: readonly string[]
}

export type HistoryTable =
  | 'observations'
  | 'rejects'
  | 'reject_states'
  | 'archive'
  | 'enterprises'
  | 'risk'
  | 'shadow_risk'
  | 'cells'
  | 'warnings'
  | 'notices'
  | 'decisions'
  | 'snapshots'
