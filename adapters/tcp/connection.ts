import type { Socket } from 'node:net'
import { Retryable } from '../../core/errors.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'
import type { Admission } from './admission.ts'
import type { Conversation, TcpRefusal, Turn } from './conversation.ts'
import type { DeviceLimits } from './device-limits.ts'
import { createGate, type Gate } from './gate.ts'

export interface ConnectionOptions {
  readonly feed: CompiledFeed
  readonly intake: Pick<RealmIntake, 'submit' | 'isPressed'>
  readonly converse: () => Conversation
  readonly limits: DeviceLimits
  /** Shared by all connections of a door. */
  readonly together: Gate
  readonly admission: Admission
  readonly onRefused: (why: TcpRefusal, device: string) => void
  /** A frame that could not be made durable: its device was cut off, and sends it again when it comes back. */
  readonly onNotTaken: (error: unknown) => void
}

const PRESSED_MS = 250
const RETRY_MS = 500
/** Half a minute of a log that cannot be reached: then the device is cut off, and keeps what was not answered. */
const MOST_RETRIES = 60

/** Serves one device until it goes; `done` resolves when everything that it sent is durable or given back. */
export function serveConnection(socket: Socket, options: ConnectionOptions): { elapse(): void; done: Promise<void> } {
  const { intake, feed, limits, together } = options
  const conversation = options.converse()
  const own = createGate(limits.framesEach)
  const underWay = new Set<Promise<void>>()
  let isHeldBack = false
  let isOver = false
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  // Said by 'close' too, which every error is followed by.
  socket.on('error', () => undefined)
  let hello: NodeJS.Timeout | undefined
  socket.setTimeout(limits.idleMs, () => {
    // A device that is held back is not silent.
    if (underWay.size > 0 || isHeldBack) socket.setTimeout(limits.idleMs)
    else cutOff('silent')
  })

  function cutOff(why: 'silent'): void {
    options.onRefused(why, '')
    socket.destroy()
  }

  async function serve(): Promise<void> {
    const admitted = await options.admission.enter()
    // Whoever is not read yet cannot show who it is.
    hello = setTimeout(() => {
      if (!conversation.isKnown()) cutOff('silent')
    }, limits.helloMs)
    try {
      // A device that has said all may still be waiting for its answers.
      const chunks: AsyncIterable<Buffer> = socket.iterator({ destroyOnReturn: false })
      for await (const chunk of chunks) {
        await pressed()
        await takeTurns(conversation.take(chunk))
        if (conversation.isKnown()) admitted()
        await unread()
      }
    } catch (error) {
      // A connection that was cut off or broke says so here; anything else is a fault of this program.
      if (!socket.destroyed) throw error
    } finally {
      clearTimeout(hello)
      admitted()
      await takeTurns(conversation.end())
      await Promise.all(underWay)
      socket.destroySoon()
    }
  }

  /** While the log holds more than it should, nothing is read. */
  async function pressed(): Promise<void> {
    while (!gone.signal.aborted && (await isPressed())) {
      isHeldBack = true
      await pause(PRESSED_MS, gone.signal)
    }
    isHeldBack = false
  }

  async function isPressed(): Promise<boolean> {
    try {
      return await intake.isPressed()
    } catch (error) {
      // A log that cannot be asked cannot take anything either.
      if (error instanceof Retryable) return true
      throw error
    }
  }

  async function unread(): Promise<void> {
    while (!gone.signal.aborted && socket.writableLength > limits.unreadBytes) await pause(PRESSED_MS, gone.signal)
  }

  async function takeTurns(turns: readonly Turn[]): Promise<void> {
    for (const turn of turns) {
      // Whatever a peer says after it was shown the door is not heard, be it right.
      if (isOver) return
      isOver = turn.hangUp === true
      if (turn.refused !== undefined) options.onRefused(turn.refused.why, turn.refused.device)
      if (turn.arrival === undefined) {
        finish(turn)
        continue
      }
      await own.enter()
      await together.enter()
      const work = settle(turn, turn.arrival).finally(() => {
        together.leave()
        own.leave()
        underWay.delete(work)
      })
      underWay.add(work)
    }
  }

  async function settle(turn: Turn, arrival: NonNullable<Turn['arrival']>): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await intake.submit({ feed, ...arrival, bulk: false, occurrence: createOccurrences() })
        finish(turn)
        return
      } catch (error) {
        if (!(error instanceof Retryable) || attempt === MOST_RETRIES || gone.signal.aborted) {
          options.onNotTaken(error)
          socket.destroy()
          return
        }
        await pause(RETRY_MS, gone.signal)
      }
    }
  }

  function finish({ answer, hangUp }: Turn): void {
    if (answer !== undefined && socket.writable) socket.write(answer)
    if (hangUp === true) socket.destroySoon()
  }

  return {
    elapse() {
      takeTurns(conversation.elapse()).catch((error: unknown) => {
        options.onNotTaken(error)
        socket.destroy()
      })
    },
    done: serve(),
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
