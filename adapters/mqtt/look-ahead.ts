import type { EventEmitter } from 'node:events'
import { parser as createParser } from 'mqtt-packet'

/** Begins to take a message in; resolves when it is durable. */
type Begin = (topic: string, payload: Buffer) => Promise<unknown>

/** Takes messages in as their bytes come, for a client that hands them out one after the other. */
export interface LookAhead {
  /** Of a connection that has just begun, before any of its bytes has come. */
  watch(stream: EventEmitter): void
  /** The end of taking in the message that the client has come to: they come in the order of their bytes. */
  taken(topic: string, payload: Buffer): Promise<unknown>
}

interface Watched {
  /** Begun, and not asked for yet. */
  readonly ahead: Promise<unknown>[]
  /** Asked for before their bytes were seen here. */
  early: number
}

/**
 * mqtt.js goes on to the next message when the one before was acknowledged: alone, each would wait for a sync of the log
 * of its own. Here every message of what came together is begun at once, so that one sync serves them all, and the
 * acknowledgements follow in their order. What is begun is bounded by what the client's stream lets in before it has to
 * be read on: a chunk and its buffer.
 */
export function createLookAhead(begin: Begin): LookAhead {
  let current: Watched = { ahead: [], early: 0 }

  function begun(topic: string, payload: Buffer): Promise<unknown> {
    const taken = begin(topic, payload)
    // Heard when the client comes to it; it never does where the connection ends before.
    taken.catch(() => undefined)
    return taken
  }

  return {
    watch(stream) {
      const own: Watched = { ahead: [], early: 0 }
      current = own
      const parser = createParser({ protocolVersion: 4 })
      parser.on('packet', (packet) => {
        if (packet.cmd !== 'publish') return
        if (own.early > 0) own.early--
        else own.ahead.push(begun(packet.topic, payloadOf(packet.payload)))
      })
      // The client reads the same bytes and says so itself.
      parser.on('error', () => undefined)
      stream.on('data', (chunk: Buffer) => parser.parse(chunk))
    },

    taken(topic, payload) {
      const next = current.ahead.shift()
      if (next !== undefined) return next
      current.early++
      return begun(topic, payload)
    },
  }
}

function payloadOf(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}
