import type { Output } from './realm-processor.ts'

/**
 * Brings what the present has yet to be told (a line by enterprise) up to date, and returns the enterprises of which
 * nothing is left to tell: all that was known of them has been taken back.
 */
export function takeFreshest(
  fresh: Map<string, string>,
  { points, standing, provisional }: Pick<Output, 'points' | 'standing' | 'provisional'>,
): readonly string[] {
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
  for (const { point, line } of provisional) fresh.set(point.enterprise, line)
  return gone.filter((id) => !fresh.has(id))
}
