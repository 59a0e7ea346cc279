import type { Row } from './decode/row.ts'
import {
  type NameMetric,
  type ReadableMessage,
  readSparkplug,
  type SparkplugTopic,
  sparkplugRows,
  unknownAlias,
} from './decode/sparkplug.ts'
import type { SparkplugMetric, SparkplugPayload } from './decode/sparkplug-payload.ts'

/** What is to be done about one message. */
export interface SparkplugTaken {
  readonly rows: readonly Row[]
  /** The edge node has to be asked for its births: the topic of the command. */
  readonly rebirth?: string
  /** Why a message says nothing: for the operating log. */
  readonly ignored?: string
}

/** What births have said, for all edge nodes of one feed. */
export interface SparkplugSessions {
  /** In the order in which a connection brings them; `now` in UTC ms. */
  take(topic: string, payload: Buffer, now: number): SparkplugTaken
}

export interface SparkplugBounds {
  readonly edges: number
  /** Names, aliases and devices over all edge nodes. */
  readonly names: number
}

/** Some 200 bytes a name: 100 MB at most. */
const BOUNDS: SparkplugBounds = { edges: 10_000, names: 500_000 }
/** A command may be lost on its way: it is given again when there still is no birth. */
const ASK_AGAIN_MS = 10_000
const NUMBERS = 256

interface Named {
  readonly name: string
  readonly datatype: number | undefined
}

interface Edge {
  /** Of the birth: a death with another number is that of an earlier connection. */
  bdSeq: bigint | undefined
  alive: boolean
  /** The number that the next message has to carry; `undefined` before a birth. */
  nextSeq: number | undefined
  askedAt: number
  /** Aliases are one space for the edge node and its devices. */
  byAlias: Map<bigint, Named>
  /** By device and name, as data may leave its type out. */
  byName: Map<string, Named>
  devices: Set<string>
}

/**
 * An edge node that was not heard from its birth on, or of which a message is missing, is asked for a rebirth. Until it
 * comes a metric is taken by its name alone: what an alias means may have changed meanwhile, and a value under a wrong
 * name is worse than a reject. Nothing is kept over a restart: the first message of each node asks for its births.
 */
export function createSparkplugSessions(bounds: SparkplugBounds = BOUNDS): SparkplugSessions {
  /** The one heard longest ago first. */
  const edges = new Map<string, Edge>()
  let held = 0

  function edgeOf({ group, edge }: SparkplugTopic): Edge {
    const key = `${group}/${edge}`
    const known = edges.get(key) ?? newEdge()
    edges.delete(key)
    edges.set(key, known)
    return known
  }

  /** Whoever was forgotten is a stranger again, and asked for a rebirth. */
  function forgetOver(): void {
    for (const [key, edge] of edges) {
      if (edges.size <= bounds.edges && held <= bounds.names) return
      change(edge, forget)
      if (edges.size > 1) edges.delete(key)
    }
  }

  function change(edge: Edge, work: (edge: Edge) => void): void {
    held -= weightOf(edge)
    work(edge)
    held += weightOf(edge)
  }

  function ask(edge: Edge, { group, edge: node }: SparkplugTopic, now: number): Pick<SparkplugTaken, 'rebirth'> {
    if (now - edge.askedAt < ASK_AGAIN_MS) return {}
    edge.askedAt = now
    return { rebirth: `spBv1.0/${group}/NCMD/${node}` }
  }

  function born(edge: Edge, { device }: SparkplugTopic, payload: SparkplugPayload): void {
    change(edge, () => {
      if (device === '') {
        forget(edge)
        edge.bdSeq = bdSeqOf(payload)
        edge.alive = true
        edge.askedAt = Number.NEGATIVE_INFINITY
      } else edge.devices.add(device)
      edge.nextSeq = payload.seq === undefined ? undefined : (payload.seq + 1) % NUMBERS
      learn(edge, device, payload.metrics)
    })
  }

  /** Whether the message follows the one before; where it does not, names are no longer trusted. */
  function follows(edge: Edge, { seq }: SparkplugPayload): boolean {
    const isNext = edge.alive && seq !== undefined && edge.nextSeq === seq
    if (isNext) edge.nextSeq = (seq + 1) % NUMBERS
    else {
      edge.nextSeq = undefined
      change(edge, forgetNames)
    }
    return isNext
  }

  function die(edge: Edge, message: ReadableMessage): Row[] {
    const dead = [undefined, ...edge.devices]
    change(edge, () => {
      forget(edge)
      edge.bdSeq = bdSeqOf(message.payload)
      edge.alive = false
      edge.nextSeq = undefined
    })
    const nothing: NameMetric = () => ({ unknown: { zh: '', en: '' } })
    return dead.flatMap((device) =>
      sparkplugRows(device === undefined ? message : { ...message, frame: { ...message.frame, device } }, nothing),
    )
  }

  function take(message: ReadableMessage, now: number): SparkplugTaken {
    const { topic, payload } = message
    const edge = edgeOf(topic)
    if (topic.verb === 'NBIRTH') {
      born(edge, topic, payload)
      return { rows: sparkplugRows(message, nameIn(edge, topic)) }
    }
    if (topic.verb === 'NDEATH') {
      const isOld = edge.bdSeq !== undefined && (bdSeqOf(payload) !== edge.bdSeq || !edge.alive)
      return isOld
        ? { rows: [], ignored: `${message.frame.topic}: the death of an earlier connection` }
        : { rows: die(edge, message) }
    }
    const isNext = follows(edge, payload)
    if (topic.verb === 'DBIRTH') {
      if (isNext) born(edge, topic, payload)
      else change(edge, () => edge.devices.add(topic.device))
    }
    const isKnown = isNext && (topic.device === '' || edge.devices.has(topic.device))
    const rows = sparkplugRows(message, nameIn(edge, topic))
    if (topic.verb === 'DDEATH') change(edge, () => edge.devices.delete(topic.device))
    return isKnown ? { rows } : { rows, ...ask(edge, topic, now) }
  }

  return {
    take(topic, bytes, now) {
      const message = readSparkplug({ topic, received: now }, bytes)
      if ('line' in message) return { rows: [message] }
      const taken = take(message, now)
      forgetOver()
      return taken
    },
  }
}

function weightOf({ byAlias, byName, devices }: Edge): number {
  return byAlias.size + byName.size + devices.size
}

function forgetNames(edge: Edge): void {
  edge.byAlias = new Map()
  edge.byName = new Map()
}

function forget(edge: Edge): void {
  forgetNames(edge)
  edge.devices = new Set()
}

function learn(edge: Edge, device: string, metrics: readonly SparkplugMetric[]): void {
  for (const { name, alias, datatype } of metrics) {
    if (name === undefined) continue
    const named = { name, datatype }
    if (alias !== undefined) edge.byAlias.set(alias, named)
    edge.byName.set(`${device}/${name}`, named)
  }
}

function newEdge(): Edge {
  return {
    bdSeq: undefined,
    alive: false,
    nextSeq: undefined,
    askedAt: Number.NEGATIVE_INFINITY,
    byAlias: new Map(),
    byName: new Map(),
    devices: new Set(),
  }
}

function nameIn(edge: Edge, { device }: SparkplugTopic): NameMetric {
  return ({ name, alias, datatype }) => {
    if (name !== undefined) {
      return { name, datatype: datatype ?? edge.byName.get(`${device}/${name}`)?.datatype }
    }
    const named = alias === undefined ? undefined : edge.byAlias.get(alias)
    if (named === undefined) return { unknown: unknownAlias(alias) }
    return { name: named.name, datatype: datatype ?? named.datatype }
  }
}

function bdSeqOf({ metrics }: SparkplugPayload): bigint | undefined {
  const value = metrics.find(({ name }) => name === 'bdSeq')?.value
  return value?.kind === 'long' || value?.kind === 'int' ? value.value : undefined
}
