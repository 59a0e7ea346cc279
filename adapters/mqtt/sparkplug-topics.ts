import { SPARKPLUG_VERBS } from '../../ingest/decode/sparkplug.ts'

/** What a host subscribes to; commands, and the states of other hosts, are not for it. */
export const SPARKPLUG_TOPICS: readonly string[] = SPARKPLUG_VERBS.map((verb) =>
  verb.startsWith('N') ? `spBv1.0/+/${verb}/+` : `spBv1.0/+/${verb}/+/+`,
)

/** As which host this system is known to edge nodes, which hold their data back while it is away. */
const HOST = 'fengsui'
export const STATE_TOPIC = `spBv1.0/STATE/${HOST}`

/** `since` in UTC ms: birth and will of one connection carry the same. */
export function stateOf(online: boolean, since: number): Buffer {
  return Buffer.from(JSON.stringify({ online, timestamp: since }))
}

const COMMANDS = /^spBv1\.0\/[^/+#]+\/[ND]CMD\/[^/+#]+(\/(\+|#|[^/+#]+))?$/
const STATES = /^(spBv1\.0\/)?STATE\/(\+|#|[^/+#]+)$/

/** What an edge node hears of the embedded broker: commands to a node that it names, and whether the host is there. */
export function mayEdgeSubscribe(topic: string): boolean {
  return COMMANDS.test(topic) || STATES.test(topic)
}
