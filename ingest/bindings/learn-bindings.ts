import type { Observation } from '../../core/observation.ts'
import type { Books, RecordIndex } from '../record-index.ts'
import { type BindingPage, boundOf, isPlace, readPage, withBinding, withoutBinding } from './binding-page.ts'

type Read = Pick<RecordIndex, 'readBook'>

/** Under which the book says of what a binding last spoke: one that is withdrawn or changed names it no more. */
const keyOf = (id: string) => `id ${id}`

/**
 * The pages that change by bindings. What had a binding before may have rows that belong to another enterprise now: it is
 * noted in `unsettled`, and its rows are gone through afterwards.
 */
export async function learnBindings(
  realm: string,
  index: Read,
  observations: readonly Observation[],
  now: number,
): Promise<Books> {
  if (observations.length === 0) return {}
  const ids = [...new Set(observations.map(({ id }) => keyOf(id)))]
  const last = await readAll(realm, index, ids)
  const concerned = [...observations.flatMap((each) => boundOf(each) ?? []), ...last.values()]
  const before = new Map<string, BindingPage>()
  for (const [bound, text] of await readAll(realm, index, [...new Set(concerned)])) before.set(bound, readPage(text))
  const after = new Map(before)

  for (const observation of observations) {
    const key = keyOf(observation.id)
    const was = last.get(key)
    const bound = observation.gone === 1 ? was : boundOf(observation)
    if (was !== undefined && was !== bound) after.set(was, withoutBinding(after.get(was) ?? [], observation))
    if (bound === undefined) continue
    const page = after.get(bound) ?? []
    after.set(bound, observation.gone === 1 ? withoutBinding(page, observation) : withBinding(page, observation))
    last.set(key, bound)
  }

  const changed = [...after].filter(([bound, page]) => page !== before.get(bound))
  if (changed.length === 0) return {}
  const at = observations.reduce((latest, { known }) => Math.max(latest, known), 0)
  const unsettled = changed.filter(([bound]) => (before.get(bound) ?? []).length > 0)
  return {
    bindings: {
      ...Object.fromEntries(last),
      ...Object.fromEntries(changed.map(([bound, page]) => [bound, JSON.stringify(page)])),
    },
    unsettled: Object.fromEntries(
      unsettled.map(([bound]) => [
        `${isPlace(bound) ? 'place' : 'device'} ${bound}`,
        JSON.stringify({ at, stamp: now }),
      ]),
    ),
  }
}

async function readAll(realm: string, index: Read, keys: readonly string[]): Promise<Map<string, string>> {
  const texts = keys.length === 0 ? [] : await index.readBook(realm, 'bindings', keys)
  return new Map(keys.flatMap((key, i): [string, string][] => (texts[i] === undefined ? [] : [[key, texts[i]]])))
}
