import type { RowFrame } from './row-frame.ts'

/** A fact and where its text comes from; an empty text leaves the fact out. `value` is the part's own. */
export type FactReader = readonly [fact: string, read: (frame: RowFrame, value: number | null) => string]

/** Shapes that are remembered for one part; a feed whose facts come and go in more ways is built fact by fact. */
const MAX_SHAPES = 64
/** Facts that a bit mask can tell apart. */
const MAX_MASKED = 30

/**
 * Builds the facts of one part. An object copied from one of the same shape costs a third of one that grows fact by
 * fact, so for every combination of present facts an empty one is kept.
 */
export function compileFacts(
  readers: readonly FactReader[],
): (frame: RowFrame, value: number | null) => Record<string, string> {
  const names = readers.map(([fact]) => fact)
  const reads = readers.map(([, read]) => read)
  const shapes = new Map<number, Readonly<Record<string, string>>>()
  const texts: string[] = names.map(() => '')

  return function readFacts(frame, value) {
    let present = 0
    for (let i = 0; i < reads.length; i++) {
      const text = reads[i]?.(frame, value) ?? ''
      texts[i] = text
      if (text !== '') present |= 1 << i
    }
    const shape = names.length > MAX_MASKED ? undefined : (shapes.get(present) ?? remember(present))
    const facts: Record<string, string> = { ...shape }
    for (let i = 0; i < names.length; i++) {
      const text = texts[i] ?? ''
      if (text !== '') facts[names[i] ?? ''] = text
    }
    return facts
  }

  function remember(present: number): Readonly<Record<string, string>> | undefined {
    if (shapes.size >= MAX_SHAPES) return undefined
    const shape = Object.fromEntries(names.filter((_, i) => (present & (1 << i)) !== 0).map((fact) => [fact, '']))
    shapes.set(present, shape)
    return shape
  }
}
