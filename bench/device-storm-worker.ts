import { connect, type Socket } from 'node:net'
import { systemClock } from '../adapters/system-clock.ts'
import { deviceFrame } from './device-frames.ts'
import { quantile } from './figure.ts'
import { runWorker } from './worker.ts'

export interface StormTask {
  readonly port: number
  readonly devices: number
  /** Frames that a device has gathered while it was away. */
  readonly backlog: number
}

export interface StormResult {
  /** From the first reconnect until the last answer. */
  readonly seconds: number
  readonly answered: number
  /** How often a device had to come back once more. */
  readonly reconnects: number
  /** From sending a frame until its answer. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** From the first reconnect until a device is connected: the kernel makes those wait that find its queue full. */
  readonly connectP99Ms: number
  /** From the first reconnect until a device's first answer. */
  readonly firstAnswerP99Ms: number
}

const DATA_ANSWER = 'CN=9014'
const AGAIN_MS = 500

/**
 * Every device reports once; then all are cut off, come back at the same instant and send what they have gathered. As
 * the standard has it, a device sends its next frame when the one before has been answered.
 */
await runWorker(async ({ port, devices, backlog }: StormTask) => {
  const begin = systemClock.now() - (backlog + 2) * 30_000
  const frames = Array.from({ length: devices }, (_, device) =>
    Array.from({ length: backlog + 1 }, (_, n) => deviceFrame(device, n, begin)),
  )
  const away = await Promise.all(
    frames.map(([first = Buffer.alloc(0)]) =>
      converse(port, [first], { connected: () => undefined, answered: () => undefined, again: () => undefined }),
    ),
  )
  return {
    async run(): Promise<StormResult> {
      for (const leave of away) leave()
      const waits: number[] = []
      const firsts: number[] = []
      const connects: number[] = []
      let reconnects = 0
      const began = performance.now()
      await Promise.all(
        frames.map(async ([, ...gathered]) => {
          let isFirst = true
          const leave = await converse(port, gathered, {
            connected: () => connects.push(performance.now() - began),
            answered(ms) {
              waits.push(ms)
              if (isFirst) firsts.push(performance.now() - began)
              isFirst = false
            },
            again: () => reconnects++,
          })
          leave()
        }),
      )
      const seconds = (performance.now() - began) / 1000
      waits.sort((left, right) => left - right)
      firsts.sort((left, right) => left - right)
      connects.sort((left, right) => left - right)
      return {
        seconds,
        answered: waits.length,
        reconnects,
        p50Ms: quantile(waits, 0.5),
        p99Ms: quantile(waits, 0.99),
        connectP99Ms: quantile(connects, 0.99),
        firstAnswerP99Ms: quantile(firsts, 0.99),
      }
    },
    close: async () => undefined,
  }
})

/**
 * Sends one frame after the other, each when the one before has been answered; comes back and sends on where it was
 * cut off. Resolves to what ends the connection.
 */
function converse(
  port: number,
  frames: readonly Buffer[],
  { connected, answered, again }: { connected: () => void; answered: (ms: number) => void; again: () => void },
): Promise<() => void> {
  return new Promise((resolve) => {
    let at = 0
    let sent = 0

    function open(): void {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let text = ''
      let isDone = false
      socket.once('connect', () => {
        connected()
        send(socket)
      })
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        const end = text.lastIndexOf('\r\n')
        if (end < 0) return
        const isAnswer = text.slice(0, end).includes(DATA_ANSWER)
        text = text.slice(end + 2)
        if (!isAnswer) return
        answered(performance.now() - sent)
        sent = 0
        at++
        isDone = at === frames.length
        if (isDone) resolve(() => socket.destroy())
        else send(socket)
      })
      socket.on('error', () => undefined)
      socket.once('close', () => {
        if (isDone) return
        again()
        setTimeout(open, AGAIN_MS)
      })
    }

    function send(socket: Socket): void {
      // A frame that has to be sent again has waited since it was sent first.
      if (sent === 0) sent = performance.now()
      socket.write(frames[at] ?? Buffer.alloc(0))
    }

    open()
  })
}
