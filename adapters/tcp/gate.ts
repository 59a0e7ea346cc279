/** Lets so many in at a time, the others in the order in which they came. */
export interface Gate {
  enter(): Promise<void>
  leave(): void
}

export function createGate(most: number): Gate {
  let inside = 0
  const waiting: (() => void)[] = []
  return {
    async enter() {
      if (inside < most) {
        inside++
        return
      }
      // Whoever leaves hands the place on, so that nobody who comes later takes it.
      await new Promise<void>((resolve) => waiting.push(resolve))
    },
    leave() {
      const next = waiting.shift()
      if (next === undefined) inside--
      else next()
    },
  }
}
