/** What was started is stopped in the opposite order, each part once, whatever fails on the way. */
export interface Lifecycle {
  onStop(name: string, stop: () => Promise<void>): void
  /** Errors: `AggregateError` of what could not be stopped, after everything was tried. */
  stop(): Promise<void>
}

export function createLifecycle(): Lifecycle {
  const stack: { readonly name: string; readonly stop: () => Promise<void> }[] = []
  let stopping: Promise<void> | undefined

  async function unwind(): Promise<void> {
    const failures: Error[] = []
    for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
      try {
        await part.stop()
      } catch (cause) {
        failures.push(new Error(`${part.name} could not be stopped`, { cause }))
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join('; '))
  }

  return {
    onStop(name, stop) {
      stack.push({ name, stop })
    },
    stop() {
      stopping ??= unwind()
      return stopping
    },
  }
}
