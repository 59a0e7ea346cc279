import { onScopeDispose, type Ref, type ShallowRef, shallowRef, watch } from 'vue'
import type { BoardModel } from '../../board-model.ts'
import { applyPatch } from '../../patch.ts'

/** With no frame for this long (three beats) a board says that it is stale. */
export const STALE_AFTER_MS = 15_000
const RETRY_MS = [1_000, 2_000, 5_000, 10_000]

export interface BoardFeed {
  readonly board: ShallowRef<BoardModel | undefined>
  /** When the last frame of any kind came, by this page's clock; 0 before the first. */
  readonly heardAt: ShallowRef<number>
}

/** The live board of a realm. Patches that come within one frame of the screen become one change of the board. */
export function useBoardFeed(realm: Ref<string>): BoardFeed {
  const board = shallowRef<BoardModel>()
  const heardAt = shallowRef(0)
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let tries = 0
  let pending: BoardModel | undefined
  let drawing = 0

  function show(next: BoardModel): void {
    pending = next
    if (drawing === 0) {
      drawing = requestAnimationFrame(() => {
        drawing = 0
        board.value = pending
      })
    }
  }

  function open(name: string): void {
    close()
    if (name === '') return
    source = new EventSource(`/api/realms/${encodeURIComponent(name)}/board/stream`)
    source.addEventListener('board', (event) => {
      tries = 0
      heardAt.value = Date.now()
      show(JSON.parse(event.data) as BoardModel)
    })
    source.addEventListener('patch', (event) => {
      heardAt.value = Date.now()
      if (pending !== undefined) show(applyPatch(pending, JSON.parse(event.data)) as BoardModel)
    })
    source.addEventListener('beat', () => {
      heardAt.value = Date.now()
    })
    source.addEventListener('error', () => {
      // The browser retries a cut line by itself, but gives up for good on an HTTP error.
      if (source?.readyState !== EventSource.CLOSED) return
      retry = setTimeout(() => open(name), RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)])
    })
  }

  function close(): void {
    clearTimeout(retry)
    source?.close()
    source = undefined
  }

  watch(
    realm,
    (name) => {
      pending = undefined
      board.value = undefined
      heardAt.value = 0
      open(name)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    cancelAnimationFrame(drawing)
    close()
  })
  return { board, heardAt }
}
