import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { headerOf, parseSip, type SipHeader } from '../adapters/sip/message.ts'
import { writeResponse } from '../adapters/sip/write-message.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { SHANGHAI_OFFSET_MINUTES, toLocalIso } from '../core/time.ts'
import { quantile } from './figure.ts'
import { alarmBody, keepaliveBody, type SipAsked, sipCamera, sipProof, sipRequest } from './sip-requests.ts'
import { runWorker } from './worker.ts'

export interface CamerasTask {
  readonly port: number
  readonly cameras: number
  /** Of each camera, one after the other. */
  readonly keepalives: number
  readonly alarms: number
}

/** Of one kind of request: how long all took, and from sending one until its last answer. */
export interface Phase {
  readonly seconds: number
  readonly answered: number
  readonly p99Ms: number
}

export interface CamerasResult {
  readonly registrations: Phase
  readonly keepalives: Phase
  readonly alarms: Phase
  readonly sentAgain: number
}

/** Timer E of RFC 3261 begins with T1 and doubles up to T2. */
const T1_MS = 500
const T2_MS = 4_000
const HOST = '127.0.0.1'

interface Answer {
  readonly status: number
  readonly headers: readonly SipHeader[]
}

/** All cameras stand behind one address; each sends its next request when the one before was answered. */
await runWorker(async ({ port, cameras, keepalives, alarms }: CamerasTask) => {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 })
  socket.bind(0, HOST)
  await once(socket, 'listening')
  const { port: own } = socket.address() as AddressInfo
  const waiting = new Map<string, (answer: Answer) => void>()
  const began = systemClock.now()
  let sentAgain = 0
  let calls = 0
  socket.on('message', (bytes) => {
    const message = parseSip(bytes)
    if (message.kind === 'response') waiting.get(message.callId)?.(message)
    // What the platform says by itself, the confirmation of an alarm, is answered too, or it would say it again.
    if (message.kind === 'request')
      socket.send(writeResponse(message.headers, 200, { address: HOST, port }), port, HOST)
  })

  function ask(asked: Omit<SipAsked, 'callId' | 'port' | 'cseq'>): Promise<Answer> {
    const callId = `bench${++calls}`
    const bytes = sipRequest({ ...asked, callId, cseq: 1, port: own })
    return new Promise((resolve) => {
      let wait = T1_MS
      let timer: NodeJS.Timeout
      const send = (): void => {
        socket.send(bytes, port, HOST)
        timer = setTimeout(() => {
          sentAgain++
          wait = Math.min(T2_MS, wait * 2)
          send()
        }, wait)
      }
      waiting.set(callId, (answer) => {
        clearTimeout(timer)
        waiting.delete(callId)
        resolve(answer)
      })
      send()
    })
  }

  /** Until it is taken: 503 asks to come again. */
  async function taken(asked: Omit<SipAsked, 'callId' | 'port' | 'cseq'>): Promise<void> {
    for (;;) {
      const { status } = await ask(asked)
      if (status === 200) return
      if (status !== 503) throw new Error(`${asked.method} of ${asked.camera} was answered ${status}`)
      await new Promise((resolve) => setTimeout(resolve, T1_MS))
    }
  }

  async function register(camera: string): Promise<void> {
    const headers = [`Contact: <sip:${camera}@${HOST}:${own}>`, 'Expires: 3600']
    const challenged = await ask({ method: 'REGISTER', camera, headers })
    const proof = sipProof(headerOf(challenged.headers, 'www-authenticate') ?? '', camera)
    await taken({ method: 'REGISTER', camera, headers: [...headers, proof] })
  }

  async function phase(
    each: number,
    work: (camera: string, index: number, n: number) => Promise<void>,
  ): Promise<Phase> {
    const waits: number[] = []
    const start = performance.now()
    await Promise.all(
      Array.from({ length: cameras }, async (_, index) => {
        for (let n = 0; n < each; n++) {
          const sent = performance.now()
          await work(sipCamera(index), index, n)
          waits.push(performance.now() - sent)
        }
      }),
    )
    const seconds = (performance.now() - start) / 1000
    waits.sort((left, right) => left - right)
    return { seconds, answered: waits.length, p99Ms: quantile(waits, 0.99) }
  }

  const message = (camera: string, body: string) => taken({ method: 'MESSAGE', camera, body })
  return {
    async run(): Promise<CamerasResult> {
      const registrations = await phase(1, register)
      const kept = await phase(keepalives, (camera, _, n) => message(camera, keepaliveBody(camera, n)))
      const raised = await phase(alarms, (camera, _, n) => {
        const time = toLocalIso(began - (alarms - n) * 1_000, SHANGHAI_OFFSET_MINUTES).slice(0, 19)
        return message(camera, alarmBody(camera, n, time))
      })
      return { registrations, keepalives: kept, alarms: raised, sentAgain }
    },
    close: async () => {
      socket.close()
    },
  }
})
