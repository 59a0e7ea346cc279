import { createReach } from '../reach.ts'
import type { ShardState } from '../shard-state.ts'
import { type ByteReader, createByteReader } from './byte-reader.ts'
import { type ByteWriter, createByteWriter } from './byte-writer.ts'
import { readEnterprises } from './enterprises.ts'

/** Layout of a snapshot: its first byte. */
const LAYOUT = 4
/** Of what changed since the snapshot before. */
const CHANGES = 5
/** Layouts of before say less of an entry than is needed now: JSON, and the one that did not say which cells count it. */
const OLDER: readonly number[] = [0x7b, 3]

/** What is few and may be of any shape: JSON. */
type Header = Omit<ShardState, 'enterprises' | 'reach' | 'seenPlaces'> & {
  readonly seenPlaces: readonly [string, number][]
  /** Of changes those that are new. */
  readonly words: readonly string[]
}

/** All of it; what changes counts from here on. */
export function shardStateToBytes(state: ShardState): Uint8Array {
  const body = createByteWriter()
  const words = state.enterprises.write(body)
  state.reach.write(body)
  return withHeader(LAYOUT, state, words, body)
}

/** What is not as it was when this or `shardStateToBytes` was called last, or as it was read. */
export function shardChangesToBytes(state: ShardState): Uint8Array {
  const body = createByteWriter()
  const words = state.enterprises.writeChanges(body)
  state.reach.writeChanges(body)
  return withHeader(CHANGES, state, words, body)
}

function withHeader(layout: number, state: ShardState, words: readonly string[], body: ByteWriter): Uint8Array {
  const { enterprises: _, reach: _reach, seenPlaces, ...rest } = state
  const header: Header = { ...rest, seenPlaces: [...seenPlaces], words }
  const text = Buffer.from(JSON.stringify(header))
  const head = createByteWriter()
  head.byte(layout)
  head.number(text.length)
  head.bytes(text)
  return Buffer.concat([head.view(), body.view()])
}

/** Whether it was written by a version of before: the shard is then built again out of the archive. */
export function isOfOlderLayout(bytes: Uint8Array): boolean {
  return OLDER.includes(bytes[0] ?? LAYOUT)
}

/** `changes`: what changed since, in order. Errors: `RangeError` for a layout that this program does not know. */
export function shardStateFromBytes(bytes: Uint8Array, changes: readonly Uint8Array[] = []): ShardState {
  const whole = open(bytes, LAYOUT)
  const since = changes.map((each) => open(each, CHANGES))
  const words = [whole, ...since].flatMap(({ header }) => header.words)
  const enterprises = readEnterprises(whole.reader, words)
  const reach = createReach(whole.reader)
  for (const { reader } of since) {
    enterprises.readChanges(reader)
    reach.readChanges(reader)
  }
  const { words: _, seenPlaces, ...rest } = (since.at(-1) ?? whole).header
  return { ...rest, enterprises, reach, seenPlaces: new Map(seenPlaces) }
}

function open(bytes: Uint8Array, wanted: number): { readonly header: Header; readonly reader: ByteReader } {
  const reader = createByteReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const layout = reader.byte()
  if (layout !== wanted) throw new RangeError(`snapshot of layout ${layout}, this program reads ${wanted}`)
  const header: Header = JSON.parse(reader.bytes(reader.number()).toString('utf8'))
  return { header, reader }
}
