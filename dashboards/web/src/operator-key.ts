import { ref } from 'vue'

/** Typed in by whoever acts here, and gone with the page: a board on a wall keeps nobody's key. */
export const operatorKey = ref('')

export function signed(): Readonly<Record<string, string>> {
  // Keys are plain letters and digits; what is typed in their place is to be refused as a key, not as a header.
  return operatorKey.value === '' ? {} : { authorization: `Bearer ${encodeURIComponent(operatorKey.value)}` }
}
