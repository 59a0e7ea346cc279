/** What waits to be committed, and whoever is to be told of it. */
interface Waiting<Entry, Result> {
  readonly entry: Entry
  readonly done: (result: Result) => void
  readonly failed: (error: unknown) => void
}

export interface CommitGroups<Entry, Result> {
  /** Resolves when the entry is committed. Errors: those of `commit`, for all of a group alike. */
  add(entry: Entry): Promise<Result>
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>
}

export interface CommitGroupsOptions<Entry, Result> {
  /** How much of a group an entry takes up; a group ends with the entry that fills it. */
  readonly sizeOf: (entry: Entry) => number
  readonly most: number
  /** Has a group to itself. */
  readonly isAlone: (entry: Entry) => boolean
  /** Awaited of the first entry before its group is closed: what comes meanwhile joins it. Never rejects. */
  readonly ready?: (entry: Entry) => Promise<unknown>
  /** What comes of each entry, in their order. */
  readonly commit: (group: readonly Entry[]) => Promise<readonly Result[]>
}

/** One group is committed after the other; the next is what has come meanwhile. */
export function createCommitGroups<Entry, Result>(
  options: CommitGroupsOptions<Entry, Result>,
): CommitGroups<Entry, Result> {
  let waiting: Waiting<Entry, Result>[] = []
  let running = Promise.resolve()
  let isRunning = false

  async function run(): Promise<void> {
    // Lets all that arrives in the same turn of the event loop join the first group.
    await Promise.resolve()
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      await options.ready?.(first.entry)
      const group = take()
      try {
        const results = await options.commit(group.map(({ entry }) => entry))
        group.forEach(({ done }, at) => {
          done(results[at] as Result)
        })
      } catch (error) {
        for (const { failed } of group) failed(error)
      }
    }
    isRunning = false
  }

  function take(): Waiting<Entry, Result>[] {
    let size = 0
    let taken = 0
    for (const { entry } of waiting) {
      if (size >= options.most) break
      const isAlone = options.isAlone(entry)
      if (isAlone && taken > 0) break
      taken += 1
      if (isAlone) break
      size += options.sizeOf(entry)
    }
    const group = waiting.slice(0, taken)
    waiting = waiting.slice(taken)
    return group
  }

  return {
    add(entry) {
      return new Promise((done, failed) => {
        waiting.push({ entry, done, failed })
        if (isRunning) return
        isRunning = true
        running = run()
      })
    },
    settled: () => running,
  }
}
