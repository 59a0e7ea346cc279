/** Whether something may be said of `name` again at `now`, milliseconds of any clock. */
export type Seldom = (name: string, now: number) => boolean

/** Of each name once in `everyMs`; remembers `most` names, the ones that spoke last. */
export function createSeldom(everyMs: number, most: number): Seldom {
  const last = new Map<string, number>()
  return (name, now) => {
    const before = last.get(name)
    if (before !== undefined && now - before < everyMs) return false
    last.delete(name)
    last.set(name, now)
    const [oldest] = last.keys()
    if (last.size > most && oldest !== undefined) last.delete(oldest)
    return true
  }
}
