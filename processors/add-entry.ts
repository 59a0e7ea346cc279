import type { EnterpriseState } from './enterprise.ts'
import {
  compareEntries,
  compareVersions,
  type Entry,
  FOREVER,
  isRegistration,
  isRetraction,
  takesBack,
} from './entry.ts'

/**
 * Takes an entry in; `false` where the very same version was there already. A retraction strikes at once, or lifts what
 * its earlier version struck: it may go in only when its tick has come.
 */
export function addEntry(enterprise: EnterpriseState, entry: Entry): boolean {
  const { entries, retractions } = enterprise
  const at = placeOf(entries, entry)
  if (at < 0) return false
  entries.splice(at, 0, entry)
  const isFirst = settleVersions(entries, entry.id)
  // What comes behind all that was counted, and replaces nothing of it, is counted when its tick comes.
  if (!isFirst || at < (enterprise.counted?.seen ?? 0) || isRetraction(entry)) enterprise.counted = undefined
  if (!isFirst || isRetraction(entry) || isRegistration(entry)) enterprise.knownAs = undefined
  if (isRetraction(entry)) {
    retractions.push(entry)
    strikeAgain(enterprise, entry.id)
  } else if (retractions.length > 0) {
    entry.struck = isRetracted(retractions, entry.id)
  }
  if (isRegistration(entry)) {
    enterprise.registry.push(entry)
    enterprise.registry.sort(compareEntries)
  }
  return true
}

/** Where it belongs, -1 where the very same version is there already. */
function placeOf(entries: readonly Entry[], entry: Entry): number {
  let at = entries.length
  while (at > 0) {
    const before = entries[at - 1]
    if (before === undefined) break
    const order = compareEntries(before, entry)
    if (order === 0) return -1
    if (order < 0) break
    at -= 1
  }
  return at
}

/** What the retraction of this id takes back, in any of its versions, is asked anew. */
function strikeAgain({ entries, retractions }: EnterpriseState, retraction: string): void {
  const versions = retractions.filter(({ id }) => id === retraction)
  for (const entry of entries) {
    if (!isRetraction(entry) && versions.some((version) => takesBack(version, entry.id))) {
      entry.struck = isRetracted(retractions, entry.id)
    }
  }
}

/** Whether the newest version of some retraction takes this observation back. */
function isRetracted(retractions: readonly Entry[], id: string): boolean {
  return retractions.some((entry) => !entry.gone && entry.until === FOREVER && takesBack(entry, id))
}

/**
 * The earliest `known` of what a new entry says or takes back, its own included: before it the past is as it was. For a
 * retraction that had another version it is the beginning, as that one may have struck something else.
 */
export function firstChangedBy(entries: readonly Entry[], entry: Entry): number {
  const strikes = isRetraction(entry)
  let first = entry.known
  for (const other of entries) {
    if (other.known >= first) break
    const concerned = other.id === entry.id || (strikes && takesBack(entry, other.id))
    if (concerned) first = other.known
  }
  return strikes && entries.some(({ id }) => id === entry.id) ? 0 : first
}

/** Each version holds until the first later version (in the source's order) was known. Answers whether there is one alone. */
function settleVersions(entries: readonly Entry[], id: string): boolean {
  let count = 0
  for (const entry of entries) if (entry.id === id) count += 1
  if (count === 1) return true
  const versions = entries.filter((entry) => entry.id === id).sort(compareVersions)
  let soonest = FOREVER
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i]
    if (version === undefined) continue
    version.until = soonest
    soonest = Math.min(soonest, version.known)
  }
  return false
}
