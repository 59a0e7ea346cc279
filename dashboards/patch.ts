type Members = { readonly [name: string]: unknown }

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function same(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) && left.length === right.length && left.every((item: unknown, i) => same(item, right[i]))
    )
  }
  if (!isMembers(left) || !isMembers(right)) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && same(left[name], right[name]))
  )
}

/**
 * The JSON merge patch (RFC 7396) that takes `before` to `after`; `undefined` where they are equal. Members of objects
 * in `after` must not be null: in a merge patch null means "remove". Members that are `undefined` count as absent.
 */
export function diffDocuments(before: unknown, after: unknown): unknown {
  if (!isMembers(before) || !isMembers(after)) return same(before, after) ? undefined : after
  const changes: [string, unknown][] = []
  for (const name of Object.keys(before)) {
    if (before[name] !== undefined && (!Object.hasOwn(after, name) || after[name] === undefined)) {
      changes.push([name, null])
    }
  }
  for (const name of Object.keys(after)) {
    if (after[name] === undefined) continue
    const change = Object.hasOwn(before, name) ? diffDocuments(before[name], after[name]) : after[name]
    if (change !== undefined) changes.push([name, change])
  }
  return changes.length === 0 ? undefined : Object.fromEntries(changes)
}

/** RFC 7396: a new document; what the patch does not touch is shared with `target`. */
export function applyPatch(target: unknown, patch: unknown): unknown {
  if (!isMembers(patch)) return patch
  const members = new Map<string, unknown>(isMembers(target) ? Object.entries(target) : [])
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) members.delete(name)
    else members.set(name, applyPatch(members.get(name), change))
  }
  return Object.fromEntries(members)
}
