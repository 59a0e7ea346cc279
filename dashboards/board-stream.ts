import type { BoardModel } from './board-model.ts'
import { diffDocuments } from './patch.ts'

/** Wall milliseconds between two patches of one board: four a second is as fast as a person reads and a page draws. */
export const PATCH_EVERY_MS = 250
/** With nobody watching the board is still kept (its trend must not have holes), but slowly. */
export const IDLE_EVERY_MS = 5_000
export const BEAT_EVERY_MS = 5_000
export const RETRY_AFTER_MS = 2_000

/** One realm's stream, shared by all who watch it. */
export interface StreamState {
  /** What every watcher has by now. */
  readonly sent: BoardModel | undefined
  readonly dirty: boolean
  /** Wall time before which no new board is built, UTC ms. */
  readonly notBefore: number
  readonly spokenAt: number
  /** The last build failed: nothing is said, not even a beat, so that pages notice that they are stale. */
  readonly failed: boolean
}

export type Frame =
  | { readonly event: 'board'; readonly data: BoardModel }
  | { readonly event: 'patch'; readonly data: unknown }
  | { readonly event: 'beat'; readonly data: { readonly at: number } }

export function startStream(now: number): StreamState {
  return { sent: undefined, dirty: true, notBefore: now, spokenAt: now, failed: false }
}

/** The bell rang: something of this realm changed. However often it rings, one build follows. */
export function ringStream(state: StreamState): StreamState {
  return state.dirty ? state : { ...state, dirty: true }
}

export interface StreamDue {
  readonly build: boolean
  readonly beat: boolean
  /** When to ask again, UTC ms, unless the bell rings earlier. */
  readonly wakeAt: number
}

export function dueOfStream(state: StreamState, now: number): StreamDue {
  const beatAt = Math.max(state.spokenAt + BEAT_EVERY_MS, state.failed ? state.notBefore : 0)
  const build = state.dirty && now >= state.notBefore
  return {
    build,
    beat: now >= beatAt && !state.failed,
    wakeAt: state.dirty ? Math.min(beatAt, Math.max(state.notBefore, now)) : beatAt,
  }
}

/**
 * A build has begun. The next begins no sooner than the interval, and when builds are slow, no sooner than four times
 * what the last one took: a board may cost at most a fifth of one core.
 */
export function beginBuild(state: StreamState, now: number, watched: boolean): StreamState {
  return { ...state, dirty: false, notBefore: now + (watched ? PATCH_EVERY_MS : IDLE_EVERY_MS) }
}

export function speakBoard(
  state: StreamState,
  board: BoardModel,
  begunAt: number,
  now: number,
): { readonly state: StreamState; readonly frames: readonly Frame[] } {
  const notBefore = Math.max(state.notBefore, now + 4 * (now - begunAt))
  if (state.sent === undefined) {
    return {
      state: { ...state, sent: board, notBefore, spokenAt: now, failed: false },
      frames: [{ event: 'board', data: board }],
    }
  }
  // `at` alone is no news: it would turn every silence into a patch.
  const patch = diffDocuments({ ...state.sent, at: 0 }, { ...board, at: 0 })
  if (patch === undefined) return { state: { ...state, notBefore, failed: false }, frames: [] }
  return {
    state: { ...state, sent: board, notBefore, spokenAt: now, failed: false },
    frames: [{ event: 'patch', data: { ...(patch as object), at: board.at } }],
  }
}

/** The present could not be read: tried again soon, and silent until then. */
export function failBuild(state: StreamState, now: number): StreamState {
  return { ...state, dirty: true, failed: true, notBefore: Math.max(state.notBefore, now + RETRY_AFTER_MS) }
}

export function speakBeat(
  state: StreamState,
  now: number,
): { readonly state: StreamState; readonly frames: readonly Frame[] } {
  return { state: { ...state, spokenAt: now }, frames: [{ event: 'beat', data: { at: now } }] }
}
