import type { Output } from './realm-processor.ts'

/** Beside what waits to be told. */
export interface News {
  /** Lines by enterprise of what was just heard of: told before anything that waits, which hides nothing newer. */
  readonly urgent: ReadonlyMap<string, string>
  /** Enterprises of which nothing is left to tell: all that was known of them has been taken back. */
  readonly gone: readonly string[]
}

/** Brings what the present has yet to be told (a line by enterprise) up to date. */
export function takeFreshest(
  fresh: Map<string, string>,
  { points, standing, provisional }: Pick<Output, 'points' | 'standing' | 'provisional'>,
): News {
  const gone: string[] = []
  for (const [id, { point }] of standing) {
    if (point === undefined) {
      fresh.delete(id)
      gone.push(id)
    } else fresh.set(id, point.line)
  }
  for (const { point, line } of points) {
    const isForward = point.recorded === point.effective
    if (isForward && point.effective >= (standing.get(point.enterprise)?.recorded ?? 0))
      fresh.set(point.enterprise, line)
  }
  const urgent = new Map<string, string>()
  for (const { point, line } of provisional) {
    fresh.delete(point.enterprise)
    urgent.set(point.enterprise, line)
  }
  return { urgent, gone: gone.filter((id) => !fresh.has(id) && !urgent.has(id)) }
}
