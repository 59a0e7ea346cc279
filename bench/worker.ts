/** What a worker tells whoever started it. */
export type WorkerMessage<Result> =
  | { readonly ready: true }
  | { readonly done: true; readonly cpuSeconds: number; readonly result?: Result }
  | { readonly failed: string }

/**
 * The body of a process of its own: prepares, says that it is ready, and runs when it is told to. The task is its one
 * argument, as JSON.
 */
export async function runWorker<Task, Result>(
  prepare: (task: Task) => Promise<{ run: () => Promise<Result>; close: () => Promise<void> }>,
): Promise<void> {
  const tell = (message: WorkerMessage<Result>) => new Promise((resolve) => process.send?.(message, resolve))
  try {
    const told = new Promise<void>((resolve) => process.once('message', () => resolve()))
    const { run, close } = await prepare(JSON.parse(process.argv[2] ?? ''))
    await tell({ ready: true })
    await told
    const before = process.cpuUsage()
    const result = await run()
    const { user, system } = process.cpuUsage(before)
    await tell({ done: true, cpuSeconds: (user + system) / 1e6, result })
    await close()
  } catch (error) {
    await tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    process.exitCode = 1
  }
  if (process.connected) process.disconnect()
}
