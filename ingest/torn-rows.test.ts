import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { archive } from '../test/support/archive.ts'
import { FINES } from '../test/support/steward-feeds.ts'
import { rowsOfTorn } from './torn-rows.ts'

const table = (from: number, rows: number) =>
  ['number,cause', ...Array.from({ length: rows }, (_, i) => `d${from + i * 7919},other`), ''].join('\n')
const numbers = async (name: string, kept: Uint8Array) =>
  (await rowsOfTorn({ ...FINES, required: ['number'], oneOf: [] }, name, kept)).map(
    (row) => row.fields?.number ?? row.error,
  )
const first = (from: number, rows: number) => Array.from({ length: rows }, (_, i) => `d${from + i * 7919}`)

it('every file that is whole in an archive without its directory is read, and of the one that is cut what comes before', async () => {
  const zip = archive([
    { name: 'a.csv', content: table(1, 20) },
    { name: 'b.csv', content: table(2, 20) },
    { name: 'c.csv', content: table(3, 500) },
  ])
  const end = zip.indexOf('c.csv') + 5
  const read = await numbers('x.zip', zip.subarray(0, end + 400))
  expect(read.slice(0, 40)).toEqual([...first(1, 20), ...first(2, 20)])
  expect(read.length).toBeGreaterThan(60)
  expect(read.slice(40)).toEqual(first(3, read.length - 40))
})

it('a gzip is read to where it is cut, without the row that is', async () => {
  const whole = gzipSync(table(1, 500))
  const read = await numbers('x.csv.gz', whole.subarray(0, whole.length >> 1))
  expect(read.length).toBeGreaterThan(50)
  expect(read).toEqual(first(1, read.length))
})

it.each([
  ['nothing', Buffer.alloc(0)],
  ['a beginning alone', Buffer.from('PK\u0003\u0004', 'latin1')],
  [
    'what is no archive',
    Buffer.from('PK\u0003\u0004 and then whatever a sender thought to be one'.repeat(3), 'latin1'),
  ],
])('of %s no row is read, and nothing breaks', async (_, kept) => {
  expect(await numbers('x.zip', kept)).toEqual([])
})

it('of an archive of ever so many files no more are opened than a hundred', async () => {
  const zip = archive(Array.from({ length: 300 }, (_, i) => ({ name: `${i}.csv`, content: table(i, 1) })))
  expect(await numbers('x.zip', zip)).toEqual(Array.from({ length: 100 }, (_, i) => `d${i}`))
})
