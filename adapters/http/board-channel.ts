import type { ServerResponse } from 'node:http'
import type { Clock } from '../../core/time.ts'
import type { BoardModel } from '../../dashboards/board-model.ts'
import {
  beginBuild,
  dueOfStream,
  type Frame,
  failBuild,
  ringStream,
  speakBeat,
  speakBoard,
  startStream,
} from '../../dashboards/board-stream.ts'

export interface BoardChannelOptions {
  readonly read: (now: number) => Promise<BoardModel | undefined>
  readonly clock: Clock
  /** Bytes that may wait for one client before it is dropped; it reconnects and begins with a whole board. */
  readonly mostWaitingBytes: number
  /** Told when a board cannot be built; the channel falls silent, and pages say that they are stale. */
  readonly onFault: (error: unknown) => void
}

/** One realm's stream to all who watch it: one build and one serialisation for all of them. */
export interface BoardChannel {
  ring(): void
  /** Sends the whole board now and everything after it; the response must be hijacked and its head written. */
  join(response: ServerResponse): void
  clients(): number
  close(): void
}

export function createBoardChannel(options: BoardChannelOptions): BoardChannel {
  const { read, clock, mostWaitingBytes, onFault } = options
  const clients = new Set<ServerResponse>()
  let state = startStream(clock.now())
  let timer: NodeJS.Timeout | undefined
  let building = false
  let closed = false

  function send(frames: readonly Frame[]): void {
    if (clients.size === 0) return
    for (const frame of frames) {
      const text = toEventText(frame)
      for (const client of clients) write(client, text)
    }
  }

  function write(client: ServerResponse, text: string): void {
    if (client.writableLength > mostWaitingBytes) {
      clients.delete(client)
      client.destroy()
      return
    }
    client.write(text)
  }

  async function build(): Promise<void> {
    building = true
    const begun = clock.now()
    state = beginBuild(state, begun, clients.size > 0)
    try {
      const board = await read(begun)
      if (board === undefined || closed) return
      const spoken = speakBoard(state, board, begun, clock.now())
      state = spoken.state
      send(spoken.frames)
    } catch (error) {
      state = failBuild(state, clock.now())
      onFault(error)
    } finally {
      building = false
    }
  }

  function turn(): void {
    if (closed) return
    clearTimeout(timer)
    const now = clock.now()
    const due = dueOfStream(state, now)
    if (due.build && !building) {
      void build().then(turn)
      return
    }
    if (due.beat && state.sent !== undefined && !building) {
      const spoken = speakBeat(state, now)
      state = spoken.state
      send(spoken.frames)
    }
    timer = setTimeout(turn, Math.max(20, due.wakeAt - now))
    timer.unref()
  }

  turn()
  return {
    ring() {
      state = ringStream(state)
      if (!building) turn()
    },
    join(response) {
      clients.add(response)
      response.on('close', () => clients.delete(response))
      response.on('error', () => clients.delete(response))
      if (state.sent !== undefined) write(response, toEventText({ event: 'board', data: state.sent }))
      // The first watcher ends the slow pace of an unwatched board.
      state = { ...ringStream(state), notBefore: Math.min(state.notBefore, clock.now()) }
      if (!building) turn()
    },
    clients() {
      return clients.size
    },
    close() {
      closed = true
      clearTimeout(timer)
      for (const client of clients) client.end()
      clients.clear()
    },
  }
}

function toEventText(frame: Frame): string {
  return `event: ${frame.event}\ndata: ${JSON.stringify(frame.data)}\n\n`
}
