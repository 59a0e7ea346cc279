import { computed, shallowRef } from 'vue'

const hash = shallowRef(location.hash)
addEventListener('hashchange', () => {
  hash.value = location.hash
})

/** The enterprise whose page is asked for; `undefined` on the wall. */
export const openEnterprise = computed(() => {
  const found = /^#\/enterprise\/(.+)$/.exec(hash.value)
  return found?.[1] === undefined ? undefined : decodeURIComponent(found[1])
})

export const STEWARD_TABS = ['rejects', 'cases', 'codes'] as const
export type StewardTab = (typeof STEWARD_TABS)[number]

/** The page for stewards and officers that is asked for; `undefined` elsewhere. */
export const openStewardTab = computed(() => STEWARD_TABS.find((tab) => hash.value === `#/${tab}`))

export function enterpriseLink(enterprise: string): string {
  return `#/enterprise/${encodeURIComponent(enterprise)}`
}

/** The realm that the address asks for; empty where it leaves the choice to us. */
export function askedRealm(): string {
  return new URLSearchParams(location.search).get('realm') ?? ''
}

export function keepRealm(realm: string): void {
  const address = new URL(location.href)
  address.searchParams.set('realm', realm)
  history.replaceState(null, '', address)
}
