import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import { type TestHistory, withHistory } from '../../test/support/embedded.ts'
import { createSnapshots } from './snapshots.ts'

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
    await snapshots.save('city', 'process', 0, { positions: { 'observations/0': '1-0' }, state: new Uint8Array(0) })
    await snapshots.save('city', 'process', 63, { positions: { 'observations/63': '1-0' }, state: bytes.subarray(5) })
    await snapshots.save('city', 'process', 63, {
      positions: { sealed: '9-0', 'observations/63': '2-0' },
      state: bytes,
    })
    await snapshots.save('demo', 'process', 1, { positions: {}, state: bytes })

    const loaded = await snapshots.load('city', 'process')
    expect([...loaded.keys()]).toEqual([0, 63])
    expect(loaded.get(0)?.positions).toEqual({ 'observations/0': '1-0' })
    expect(loaded.get(63)?.positions).toEqual({ 'observations/63': '2-0', sealed: '9-0' })
    expect(Buffer.from(loaded.get(63)?.state ?? []).equals(bytes)).toBe(true)
    expect(await snapshots.load('city', 'alert')).toEqual(new Map())
  })

  it('never uses a damaged one, and says how to mend it', async () => {
    const snapshots = createSnapshots(subject.history, { now: () => 1 })
    await snapshots.save('damaged', 'process', 4, { positions: {}, state: Buffer.from('state') })
    await subject.history.command(
      `ALTER TABLE snapshots UPDATE positions = '{"observations/4":"9-9"}' WHERE realm = 'damaged' SETTINGS mutations_sync = 2`,
    )
    await expect(snapshots.load('damaged', 'process')).rejects.toBeInstanceOf(Refusal)
  })
})
