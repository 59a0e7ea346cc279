import { onScopeDispose, type ShallowRef, shallowRef } from 'vue'

/** The screen's wall clock, a second at a time. */
export function useTicking(): ShallowRef<number> {
  const now = shallowRef(Date.now())
  const timer = setInterval(() => {
    now.value = Date.now()
  }, 1_000)
  onScopeDispose(() => clearInterval(timer))
  return now
}
