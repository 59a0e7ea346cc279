import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import { type KeptSnapshot, type Snapshot, type Snapshots, snapshotHash } from '../../core/snapshots.ts'

export interface SnapshotsUnderTest {
  readonly snapshots: Snapshots
  /** Takes away what stands in a place, or what its hash is of. */
  befall(what: 'lost' | 'damaged', realm: string, shard: number, lane: number, place: number): Promise<void>
  stop(): Promise<void>
}

/** What every role relies on, wherever its snapshots are kept. */
export function snapshotsContract(name: string, open: () => Promise<SnapshotsUnderTest>): void {
  describe(`chains of snapshots in ${name}`, () => {
    let under: SnapshotsUnderTest
    let realm = ''
    let realms = 0

    beforeAll(async () => {
      under = await open()
    }, 60_000)
    beforeEach(() => {
      realm = `realm-${realms++}`
    })
    afterAll(() => under.stop(), 60_000)

    /** Chains of shard 3: `lengths` of them, one after the other, reaching one entry further with each place. */
    async function saveChains(...lengths: number[]): Promise<void> {
      let reach = 0
      for (const [chain, length] of lengths.entries()) {
        let after = ''
        for (let place = 0; place < length; place++) {
          const snapshot = snapshotOf(++reach, { chain, place, after })
          await under.snapshots.save(realm, 'process', new Map([[3, snapshot]]))
          after = snapshotHash(snapshot)
        }
      }
    }

    function snapshotOf(reach: number, link: Snapshot['link'] & object): Snapshot {
      return { positions: { 'observations/3': `${reach}-0` }, state: Buffer.from(`state ${reach}`), reach, link }
    }

    /** How far it reaches, and out of which states; `damaged` hears of it where it is not an error. */
    async function loaded(damaged?: (shard: number) => void): Promise<unknown> {
      let kept: KeptSnapshot | undefined
      if (damaged === undefined) kept = (await under.snapshots.load(realm, 'process')).get(3)
      else await under.snapshots.loadEach(realm, 'process', { kept: (_, snapshot) => (kept = snapshot), damaged })
      if (kept === undefined) return undefined
      expect(kept.positions).toEqual({ 'observations/3': `${kept.reach}-0` })
      return [kept.reach, [kept.state, ...kept.changes].map((bytes) => Number(Buffer.from(bytes).toString().slice(6)))]
    }

    it('are given back whole, with where the next one goes', async () => {
      await saveChains(3)
      expect(await loaded()).toEqual([3, [1, 2, 3]])
      const kept = (await under.snapshots.load(realm, 'process')).get(3)
      const next = snapshotOf(4, { chain: 0, place: 3, after: kept?.hash ?? '' })
      expect(kept?.link).toMatchObject({ chain: 0, place: 2 })
      await under.snapshots.save(realm, 'process', new Map([[3, next]]))
      expect(await loaded()).toEqual([4, [1, 2, 3, 4]])
    })

    it('take the places of the one before the last, and nothing of it counts any more', async () => {
      await saveChains(4, 2, 2)
      expect(await loaded()).toEqual([8, [7, 8]])
    })

    it('that are damaged end before the damage, and the shard is told of', async () => {
      await saveChains(4)
      await under.befall('damaged', realm, 3, 0, 2)
      await expect(loaded()).rejects.toBeInstanceOf(Refusal)
      const told: number[] = []
      expect(await loaded((shard) => told.push(shard))).toEqual([2, [1, 2]])
      expect(told).toEqual([3])
    })

    it('that are damaged at the beginning leave the one before', async () => {
      await saveChains(3, 3)
      await under.befall('damaged', realm, 3, 1, 0)
      expect(await loaded(() => undefined)).toEqual([3, [1, 2, 3]])
    })

    it('of which a place is lost end before it; without a beginning there is none', async () => {
      await saveChains(3)
      await under.befall('lost', realm, 3, 0, 1)
      expect(await loaded()).toEqual([1, [1]])
      await under.befall('lost', realm, 3, 0, 0)
      expect(await loaded()).toBeUndefined()
    })

    it('that another one writes, who has read less, take no place of what reaches further', async () => {
      await saveChains(2, 2)
      await under.snapshots.save(realm, 'process', new Map([[3, snapshotOf(2, { chain: 1, place: 0, after: '' })]]))
      expect(await loaded()).toEqual([4, [3, 4]])
    })
  })
}
