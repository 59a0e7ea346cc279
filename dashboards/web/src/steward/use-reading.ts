import { onScopeDispose, ref, type ShallowRef, shallowRef, watch } from 'vue'
import { Refused } from '../api.ts'
import { pick } from '../language.ts'

const AGAIN_MS = 30_000

export interface Reading<Page> {
  readonly page: ShallowRef<Page | undefined>
  /** What is wrong, for a person; empty while all is well. */
  readonly fault: Readonly<{ value: string }>
}

/** A page of the realm, read again twice a minute; what was read stays while a later reading fails. */
export function useReading<Page>(realm: () => string, read: (realm: string) => Promise<Page>): Reading<Page> {
  const page = shallowRef<Page>()
  const fault = ref('')

  async function load(): Promise<void> {
    const asked = realm()
    try {
      const found = await read(asked)
      if (asked === realm()) page.value = found
      fault.value = ''
    } catch (error) {
      fault.value = error instanceof Refused ? pick(error.said, error.message) : String(error)
    }
  }

  const timer = setInterval(() => void load(), AGAIN_MS)
  onScopeDispose(() => clearInterval(timer))
  watch(
    realm,
    () => {
      page.value = undefined
      void load()
    },
    { immediate: true },
  )
  return { page, fault }
}
