import { createReach } from '../reach.ts'
import type { ShardState } from '../shard-state.ts'
import { createByteReader } from './byte-reader.ts'
import { createByteWriter } from './byte-writer.ts'
import { readEnterprises } from './enterprises.ts'
import { isJsonSnapshot, shardStateFromJson } from './json-snapshot.ts'

/** Layout of a snapshot: its first byte. Layout 2 was JSON, and is read as well. */
const LAYOUT = 3

/** What is few and may be of any shape: JSON. */
type Header = Omit<ShardState, 'enterprises' | 'reach' | 'seenPlaces'> & {
  readonly seenPlaces: readonly [string, number][]
  readonly words: readonly string[]
}

export function shardStateToBytes({ enterprises, reach, seenPlaces, ...rest }: ShardState): Uint8Array {
  const body = createByteWriter()
  enterprises.write(body)
  reach.write(body)
  const header: Header = { ...rest, seenPlaces: [...seenPlaces], words: enterprises.words() }
  const text = Buffer.from(JSON.stringify(header))
  const head = createByteWriter()
  head.byte(LAYOUT)
  head.number(text.length)
  head.bytes(text)
  return Buffer.concat([head.view(), body.view()])
}

/** Errors: `RangeError` for a layout that this program does not know. */
export function shardStateFromBytes(bytes: Uint8Array): ShardState {
  const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isJsonSnapshot(held)) return shardStateFromJson(held)
  const reader = createByteReader(held)
  const layout = reader.byte()
  if (layout !== LAYOUT) throw new RangeError(`snapshot of layout ${layout}, this program reads ${LAYOUT}`)
  const header: Header = JSON.parse(reader.bytes(reader.number()).toString('utf8'))
  const { words, seenPlaces, ...rest } = header
  const enterprises = readEnterprises(reader, words)
  const reach = createReach(reader)
  return { ...rest, enterprises, reach, seenPlaces: new Map(seenPlaces) }
}
