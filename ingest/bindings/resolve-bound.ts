import { underSubjects } from '../identity/aliases.ts'
import type { KeptRow, Mapped } from '../mapping/compile-feed.ts'
import { allBoundAt, type BindingPage, boundAt, isPlace } from './binding-page.ts'

/** A place with more of them at once says nothing of any one: somebody has to say whom the row is about. */
const MOST_AT_A_PLACE = 32

/** A row about a device, as one about the enterprise to which it belonged then. */
export function byDevice(kept: KeptRow, pages: ReadonlyMap<string, BindingPage>): Mapped {
  const device = kept.subject
  const at = instantOf(kept)
  const enterprise = boundAt(pages.get(device) ?? [], at)
  if (enterprise === undefined) {
    const hint = { zh: `${device}:当时没有与企业的绑定关系`, en: `${device}: no binding to an enterprise at that time` }
    return { rejected: { reason: 'unbound-device', hint, parked: { subject: device, known: at } } }
  }
  return { kept: underSubjects(kept, [enterprise], { device: device.slice(device.indexOf(':') + 1) }) }
}

/** A row about a place, as one about each of the enterprises that were there then; any other row as it is. */
export function byPlace(kept: KeptRow, pages: ReadonlyMap<string, BindingPage>): Mapped {
  const place = kept.subject
  if (!isPlace(place)) return { kept }
  const at = instantOf(kept)
  const enterprises = allBoundAt(pages.get(place) ?? [], at)
  if (enterprises.length === 0) {
    const hint = { zh: `${place}:当时没有与企业的绑定关系`, en: `${place}: no binding to an enterprise at that time` }
    return { rejected: { reason: 'unbound-place', hint, parked: { subject: place, known: at } } }
  }
  if (enterprises.length > MOST_AT_A_PLACE) {
    const hint = {
      zh: `${place}:绑定了 ${enterprises.length} 家企业,超过上限 ${MOST_AT_A_PLACE}`,
      en: `${place}: ${enterprises.length} enterprises are bound to it, more than ${MOST_AT_A_PLACE}`,
    }
    return { rejected: { reason: 'needs-review', hint } }
  }
  return { kept: underSubjects(kept, enterprises, { filedPlace: place }) }
}

/** When it happened; where that is not said, when it became known. */
function instantOf({ observations: [first] }: KeptRow): number {
  return first === undefined ? 0 : first.occurred || first.known
}
