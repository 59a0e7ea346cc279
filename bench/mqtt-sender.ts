import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { runWorker } from './worker.ts'

/** Gateways that keep up to so many messages of QoS 1 unacknowledged each. */
export interface MqttSenderTask {
  readonly port: number
  readonly username: string
  readonly password: string
  readonly connections: number
  readonly inFlight: number
  /** Of each connection. */
  readonly messages: number
  /** Of the first reading, UTC ms. */
  readonly from: number
}

export interface MqttSent {
  readonly acknowledged: number
  readonly seconds: number
}

const ENTERPRISE = '91140105MA0T100092'
const CONNACK_BYTES = 4
const PUBACK = 0x40
const PUBACK_BYTES = 4

/** Packets are made here by hand, as any client library would take more of the processor than the broker that is measured. */
await runWorker(async (task: MqttSenderTask) => {
  const sockets = await Promise.all(Array.from({ length: task.connections }, (_, number) => connected(task, number)))
  return {
    async run(): Promise<MqttSent> {
      const began = performance.now()
      const counts = await Promise.all(sockets.map((socket, number) => send(socket, number, task)))
      const seconds = (performance.now() - began) / 1000
      return { acknowledged: counts.reduce((sum, count) => sum + count, 0), seconds }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
    },
  }
})

async function connected({ port, username, password }: MqttSenderTask, number: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  // MQTT 3.1.1, clean session, user name and password, keep-alive of ten minutes.
  const body: Buffer[] = [Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0xc2, 2, 0x58])]
  for (const text of [`bench-${number}`, username, password]) body.push(withLength(text))
  socket.write(packet(0x10, Buffer.concat(body)))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (answer.length !== CONNACK_BYTES || answer[3] !== 0) throw new Error('the broker lets nobody in')
  return socket
}

/** Answers how many of its messages were acknowledged. */
function send(socket: Socket, number: number, { messages, inFlight, from }: MqttSenderTask): Promise<number> {
  const topic = withLength(`reg/v1/140105/${ENTERPRISE}/gw-${number}/cod`)
  let sent = 0
  let acknowledged = 0
  let rest = 0

  function write(count: number): void {
    const packets: Buffer[] = []
    for (; count > 0 && sent < messages; count--, sent++) {
      const id = Buffer.alloc(2)
      id.writeUInt16BE((sent % 0xffff) + 1)
      const payload = Buffer.from(`{"t":${from + sent},"v":${(sent % 1000) / 10},"q":"N"}`)
      packets.push(packet(0x32, Buffer.concat([topic, id, payload])))
    }
    if (packets.length > 0) socket.write(Buffer.concat(packets))
  }

  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`the broker cut a gateway off after ${acknowledged} messages`)))
    socket.on('data', (bytes) => {
      // A broker of QoS 1 says nothing but PUBACK here: four bytes each, possibly cut.
      const whole = rest + bytes.length
      for (let at = (PUBACK_BYTES - rest) % PUBACK_BYTES; at < bytes.length; at += PUBACK_BYTES) {
        if (bytes[at] !== PUBACK) return reject(new Error('the broker said something else than PUBACK'))
      }
      const count = Math.floor(whole / PUBACK_BYTES)
      rest = whole % PUBACK_BYTES
      acknowledged += count
      if (acknowledged === messages) {
        socket.removeAllListeners('close')
        resolve(acknowledged)
      } else write(count)
    })
    write(inFlight)
  })
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Bodies here are shorter than 16 KiB: the length takes one byte or two. */
function packet(head: number, body: Buffer): Buffer {
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7]
  return Buffer.concat([Buffer.from([head, ...length]), body])
}
