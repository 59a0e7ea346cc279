import type { FeedPolicy, Take } from '../../core/feed-policy.ts'
import type { Draft } from './compile-part.ts'
import type { Fault, ReadInstantTake } from './readers.ts'
import type { RowFrame } from './row-frame.ts'
import { compileNumber, compileRaw, originOf } from './take.ts'

/** The order of a record's versions as the source gives it, or why it gives none. */
export type ReadVersion = (frame: RowFrame, drafts: readonly Draft[]) => number | Fault

export function compileVersion(policy: FeedPolicy, compileInstant: (take: Take) => ReadInstantTake): ReadVersion {
  const take = policy.version
  if (take === undefined) {
    return (_, drafts) => drafts.reduce((latest, draft) => Math.max(latest, draft.known), Number.NEGATIVE_INFINITY)
  }
  const origin = originOf(take)
  const missing: Fault = {
    reason: 'missing-value',
    hint: { zh: `${origin}:为空,而版本先后由它决定`, en: `${origin}: empty, and it orders the versions` },
  }
  if (take.date !== undefined) {
    const readInstant = compileInstant(take)
    return (frame) => readInstant(frame.fields, frame.name, frame.latest) ?? missing
  }
  const readText = compileRaw(take)
  const readDecimal = compileNumber(take)
  return (frame) => {
    const text = readText(frame.fields, frame.name)
    if (text === '') return missing
    const version = readDecimal(text)
    return Number.isSafeInteger(version) && version !== undefined
      ? version
      : {
          reason: 'bad-number',
          hint: { zh: `${origin}:版本须为整数`, en: `${origin}: a version must be a whole number` },
        }
  }
}
