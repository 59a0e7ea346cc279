/** Something of a source that has not been seen before, as far as the source knows. */
export interface FoundFile {
  /** Names this content of this file: the same file changed is another. */
  readonly id: string
  /** Its name without folders: goes into the observations, and its ending tells the format. */
  readonly name: string
  /** From where to look on once this has been taken; only the source understands it. */
  readonly cursor: string
}

export interface Found {
  /** In the order in which they are to be taken. */
  readonly files: readonly FoundFile[]
  /** Ids of what is there too and will be found later; absent where there is nothing of the kind. */
  readonly waiting?: readonly string[]
  /** There is more than was found now: look again at once. */
  readonly more: boolean
}

/**
 * Where files of one feed lie: a folder, a server, a bucket. What was taken is remembered by whoever takes, in one commit
 * with the rows; a source may find it again.
 * Errors of all: `Retryable` where the source cannot be reached, `Refusal` where it does not let us in.
 */
export interface FileSource {
  find(cursor: string | undefined): Promise<Found>
  /** Only what the last `find` has found. */
  read(file: FoundFile): AsyncIterable<Uint8Array>
  /** All of it is durable, or it was given up for the reason named: a source that can puts it away. */
  putAway(file: FoundFile, failed: string | undefined): Promise<void>
  close(): Promise<void>
}
