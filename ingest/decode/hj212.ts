import { joined } from '../../core/bilingual.ts'
import { readHj212Message } from './hj212-message.ts'
import { createHj212Packets, type Hj212Ready } from './hj212-packets.ts'
import { rowsOfHj212 } from './hj212-rows.ts'
import { createHj212Scanner, type Hj212Found } from './hj212-scanner.ts'
import type { Row, RowSplitter } from './row.ts'

/**
 * A stream or file of HJ 212 frames (2017, and those of 2005 on the same line): one row for each value. A damaged frame
 * and bytes that are no frame are rows that say so; messages that carry no data are none.
 */
export function createHj212Splitter(): RowSplitter {
  const scanner = createHj212Scanner()
  const packets = createHj212Packets()
  let line = 1

  function numbered(rows: readonly Row[]): readonly Row[] {
    line += rows.length
    return rows
  }

  function rowsOf(found: readonly Hj212Found[]): Row[] {
    const rows: Row[] = []
    for (const one of found) {
      const fault = faultOf(one, line)
      if (fault !== undefined) rows.push(...numbered([fault]))
      else if (one.kind === 'frame')
        rows.push(...ready(packets.take({ ...one, message: readHj212Message(one.data) }, 0)))
    }
    return rows
  }

  function ready(messages: readonly Hj212Ready[]): Row[] {
    return messages.flatMap(({ message, ...place }) => numbered(rowsOfHj212(message, { ...place, firstLine: line })))
  }

  return {
    push: (chunk) => rowsOf(scanner.push(chunk)),
    end: () => [...rowsOf(scanner.end()), ...ready(packets.expire(Number.POSITIVE_INFINITY))],
  }
}

/** The row that stands for what is no sound frame. */
export function faultOf(found: Hj212Found, line: number): Row | undefined {
  const { raw, offset } = found
  if (found.kind === 'noise') {
    const whole = { zh: `${found.bytes} 字节不是 HJ 212 的帧`, en: `${found.bytes} bytes are no frame of HJ 212` }
    const hint = joined([whole, found.hint], ': ')
    return { line, offset, raw, error: 'unreadable-line', hint }
  }
  if (found.isSound) return undefined
  return {
    line,
    offset,
    raw,
    error: 'bad-checksum',
    hint: { zh: '校验码与数据不符', en: 'the check behind the data is not that of the data' },
  }
}
