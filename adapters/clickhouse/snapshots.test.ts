import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import { snapshotsContract } from '../../test/contracts/snapshots.contract.ts'
import { MIGRATIONS_FOLDER, type TestHistory, withHistory } from '../../test/support/embedded.ts'
import { migrate } from './migrate.ts'
import { createSnapshots } from './snapshots.ts'

snapshotsContract('the history', async () => {
  const { history, stop } = await withHistory()
  return {
    snapshots: createSnapshots(history, { now: () => 1 }),
    async befall(what, realm, shard, lane, place) {
      const change = what === 'lost' ? 'DELETE' : `UPDATE positions = '{}'`
      await history.command(
        `ALTER TABLE snapshots ${change} WHERE realm = '${realm}' AND shard = ${shard} AND lane = ${lane} AND place = ${place}
         SETTINGS mutations_sync = 2`,
      )
    },
    stop,
  }
})

describe('snapshots in the history', () => {
  let subject: TestHistory
  beforeAll(async () => {
    subject = await withHistory()
  }, 60_000)
  afterAll(() => subject.stop(), 60_000)

  it('gives every shard back as it was last saved, byte for byte', async () => {
    let now = 1_000
    const snapshots = createSnapshots(subject.history, { now: () => ++now })
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256)
    const first = new Map([
      [0, { positions: { 'observations/0': '1-0' }, state: new Uint8Array(0), reach: 1 }],
      [63, { positions: { 'observations/63': '1-0' }, state: bytes.subarray(5), reach: 1 }],
    ])
    await snapshots.save('city', 'process', first)
    const again = { positions: { sealed: '9-0', 'observations/63': '2-0' }, state: bytes, reach: 2 }
    await snapshots.save('city', 'process', new Map([[63, again]]))
    await snapshots.save('demo', 'process', new Map([[1, { positions: {}, state: bytes, reach: 1 }]]))

    const loaded = await snapshots.load('city', 'process')
    expect([...loaded.keys()]).toEqual([0, 63])
    expect(loaded.get(0)?.positions).toEqual({ 'observations/0': '1-0' })
    expect(loaded.get(63)?.positions).toEqual({ 'observations/63': '2-0', sealed: '9-0' })
    expect(Buffer.from(loaded.get(63)?.state ?? []).equals(bytes)).toBe(true)
    expect(await snapshots.load('city', 'alert')).toEqual(new Map())
  })

  it('keeps the furthest one, whatever the clocks of those who save', async () => {
    const savedAt = (now: number) => createSnapshots(subject.history, { now: () => now })
    const reaching = (reach: number) => ({
      positions: { aggregates: `${reach}-0` },
      state: Buffer.from('state'),
      reach,
    })
    await savedAt(5_000).save('clocks', 'cells', new Map([[0, reaching(1)]]))
    // On another machine, whose clock is behind; and then once more by the first, which had stood still.
    await savedAt(2_000).save('clocks', 'cells', new Map([[0, reaching(7)]]))
    await savedAt(9_000).save('clocks', 'cells', new Map([[0, reaching(2)]]))
    for (const merge of [false, true]) {
      if (merge) await subject.history.command('OPTIMIZE TABLE snapshots FINAL')
      const loaded = await savedAt(0).load('clocks', 'cells')
      expect(loaded.get(0)).toMatchObject({ positions: { aggregates: '7-0' }, reach: 7 })
    }
  })

  it('brings those of before along, also where that is begun once more', async () => {
    const { history } = subject
    await history.command(
      'CREATE TABLE reached AS snapshots ENGINE = ReplacingMergeTree(saved) ORDER BY (realm, role, shard)',
    )
    await history.command('ALTER TABLE reached DROP COLUMN reach')
    await history.command('RENAME TABLE snapshots TO reaching, reached TO snapshots')
    const positions = { 'observations/3': '4-0' }
    const old = createSnapshots(history, { now: () => 8 })
    await old.save('before', 'process', new Map([[3, { positions, state: Buffer.from('state'), reach: 5 }]]))
    const forget = 'ALTER TABLE migrations DELETE WHERE number IN (40, 43) SETTINGS mutations_sync = 2'
    await history.command(forget)
    const both = ['0040_the_furthest_snapshot.sql', '0043_snapshots_in_places.sql']
    expect(await migrate(history, MIGRATIONS_FOLDER)).toEqual(both)
    await history.command(forget)
    await migrate(history, MIGRATIONS_FOLDER)
    expect((await old.load('before', 'process')).get(3)).toMatchObject({ positions, reach: 0 })
  })

  it('never uses a damaged one, and says how to mend it', async () => {
    const snapshots = createSnapshots(subject.history, { now: () => 1 })
    await snapshots.save('damaged', 'process', new Map([[4, { positions: {}, state: Buffer.from('state'), reach: 1 }]]))
    await subject.history.command(
      `ALTER TABLE snapshots UPDATE positions = '{"observations/4":"9-9"}' WHERE realm = 'damaged' SETTINGS mutations_sync = 2`,
    )
    await expect(snapshots.load('damaged', 'process')).rejects.toBeInstanceOf(Refusal)
  })
})
