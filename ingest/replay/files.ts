/** A file of records. It must not change while a replay of it is under way. */
export interface SourceFile {
  /** Without its folder: goes into the observations. */
  readonly name: string
  readonly bytes: number
  /** SHA-256 of its content, or of the packed file's hash and its name in it. */
  readonly hash: string
  chunks(): AsyncIterable<Uint8Array>
  read(offset: number, length: number): Uint8Array
  close(): Promise<void>
}

/** Room on the disk for what was packed, so that its rows can be read where they lie. */
export interface Spool {
  /** Of what the chunks hold, a file that is there until the spool is closed. */
  keep(name: string, hash: string, chunks: AsyncIterable<Uint8Array>): Promise<SourceFile>
  close(): Promise<void>
}

/** Where a replay reads from, and keeps its plan. */
export interface ReplayFiles {
  /** Errors: `Refusal` where there is no such file. */
  open(path: string): Promise<SourceFile>
  /** Nothing of it outlives the process, however that ends: records lie in it in the clear. */
  openSpool(): Promise<Spool>
  readPlan(job: string): Promise<Uint8Array | undefined>
  /** Whole or not at all, and on the disk when it resolves. */
  writePlan(job: string, pieces: readonly Uint8Array[]): Promise<void>
  removePlan(job: string): Promise<void>
}
