import type { Observation } from '../../core/observation.ts'
import type { Books, RecordIndex } from '../record-index.ts'
import { type BindingPage, deviceOf, readPage, withBinding, withoutBinding } from './binding-page.ts'

type Read = Pick<RecordIndex, 'readBook'>

/** Under which the book says of which device a binding last spoke: one that is withdrawn or changed names it no more. */
const placeOf = (id: string) => `id ${id}`

/**
 * The pages that change by observations of the kind `device-binding`. A device that had a binding before may have rows
 * that belong to another enterprise now: it is noted in `unsettled`, and its rows are gone through afterwards.
 */
export async function learnBindings(
  realm: string,
  index: Read,
  observations: readonly Observation[],
  now: number,
): Promise<Books> {
  if (observations.length === 0) return {}
  const ids = [...new Set(observations.map(({ id }) => placeOf(id)))]
  const places = await readAll(realm, index, ids)
  const devices = [...observations.flatMap((each) => deviceOf(each) ?? []), ...places.values()]
  const before = new Map<string, BindingPage>()
  for (const [device, text] of await readAll(realm, index, [...new Set(devices)])) before.set(device, readPage(text))
  const after = new Map(before)

  for (const observation of observations) {
    const place = placeOf(observation.id)
    const last = places.get(place)
    const device = observation.gone === 1 ? last : deviceOf(observation)
    if (last !== undefined && last !== device) after.set(last, withoutBinding(after.get(last) ?? [], observation))
    if (device === undefined) continue
    const page = after.get(device) ?? []
    after.set(device, observation.gone === 1 ? withoutBinding(page, observation) : withBinding(page, observation))
    places.set(place, device)
  }

  const changed = [...after].filter(([device, page]) => page !== before.get(device))
  if (changed.length === 0) return {}
  const at = observations.reduce((latest, { known }) => Math.max(latest, known), 0)
  const unsettled = changed.filter(([device]) => (before.get(device) ?? []).length > 0)
  return {
    bindings: {
      ...Object.fromEntries(places),
      ...Object.fromEntries(changed.map(([device, page]) => [device, JSON.stringify(page)])),
    },
    unsettled: Object.fromEntries(
      unsettled.map(([device]) => [`device ${device}`, JSON.stringify({ at, stamp: now })]),
    ),
  }
}

async function readAll(realm: string, index: Read, keys: readonly string[]): Promise<Map<string, string>> {
  const texts = keys.length === 0 ? [] : await index.readBook(realm, 'bindings', keys)
  return new Map(keys.flatMap((key, i): [string, string][] => (texts[i] === undefined ? [] : [[key, texts[i]]])))
}
