import { createReach } from '../reach.ts'
import type { ShardState } from '../shard-state.ts'
import { createByteReader } from './byte-reader.ts'
import { createByteWriter } from './byte-writer.ts'
import { readEnterprises } from './enterprises.ts'

/** Layout of a snapshot: its first byte. */
const LAYOUT = 4
/** Layouts of before say less of an entry than is needed now: JSON, and the one that did not say which cells count it. */
const OLDER: readonly number[] = [0x7b, 3]

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

/** Whether it was written by a version of before: the shard is then built again out of the archive. */
export function isOfOlderLayout(bytes: Uint8Array): boolean {
  return OLDER.includes(bytes[0] ?? LAYOUT)
}

/** Errors: `RangeError` for a layout that this program does not know. */
export function shardStateFromBytes(bytes: Uint8Array): ShardState {
  const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reader = createByteReader(held)
  const layout = reader.byte()
  if (layout !== LAYOUT) throw new RangeError(`snapshot of layout ${layout}, this program reads ${LAYOUT}`)
  const header: Header = JSON.parse(reader.bytes(reader.number()).toString('utf8'))
  const { words, seenPlaces, ...rest } = header
  const enterprises = readEnterprises(reader, words)
  const reach = createReach(reader)
  return { ...rest, enterprises, reach, seenPlaces: new Map(seenPlaces) }
}
