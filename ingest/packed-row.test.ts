import { expect, it } from 'vitest'
import { COMPLAINTS, compiled, NOW } from '../test/support/ingest-fixture.ts'
import { readRows } from './decode/row-reader.ts'
import { underSubjects } from './identity/aliases.ts'
import { createPacker, knownTimes, unpackRow } from './packed-row.ts'

function keptRows(lines: readonly string[]) {
  const rows = readRows(COMPLAINTS, Buffer.from(`number,licence,opened,closed,text\n${lines.join('\n')}`))
  return rows.map((row) => {
    const context = { source: 'test', received: NOW, occurrence: () => 0 }
    const mapped = row.fields === undefined ? undefined : compiled(COMPLAINTS).mapRow(row, context)
    if (mapped?.kept === undefined) throw new Error('a row that was not kept')
    return mapped.kept
  })
}

it('gives back what was packed, whatever was packed after it', () => {
  const rows = keptRows(['n1,7,2026-01-01,2026-02-01,油烟 "扰民"', 'n2,8,2026-01-02,,'])
  const pack = createPacker()
  const packed = rows.map(pack)
  expect(packed.map((each) => each && unpackRow(each))).toEqual(rows)
  const known = rows.map(({ observations }) => observations.map((one) => one.known))
  expect(packed.map((each) => each && knownTimes(each))).toEqual(known)
})

it('leaves a row that is about several as it is: its observations belong to several shards', () => {
  const [row] = keptRows(['n1,7,2026-01-01,,x'])
  expect(row && createPacker()(underSubjects(row, ['licence:7', 'licence:8'], {}))).toBeUndefined()
})
