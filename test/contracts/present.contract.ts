import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Present, PresentArea } from '../../core/present.ts'

export interface PresentUnderTest {
  readonly present: Present
  /** Another process's view of the same store; the same object where a store has only one. */
  readonly other: Present
  stop(): Promise<void>
}

/** What every role relies on, whichever store holds the present. */
export function presentContract(name: string, open: () => Promise<PresentUnderTest>): void {
  describe(`the present in ${name}`, () => {
    let under: PresentUnderTest
    let realm = ''
    let realms = 0

    beforeAll(async () => {
      under = await open()
    })
    beforeEach(() => {
      realm = `realm-${realms++}`
    })
    afterAll(() => under.stop())

    it('gives back what was put, key by key, to every process', async () => {
      await under.present.put(realm, 'feeds', { penalties: '{"state":"late"}', 'a|b 中文': '{}' })
      expect(await under.other.read(realm, 'feeds')).toEqual({ penalties: '{"state":"late"}', 'a|b 中文': '{}' })
      expect(await under.other.readOne(realm, 'feeds', 'penalties')).toBe('{"state":"late"}')
    })

    it('says of what is not there that it is not there', async () => {
      expect(await under.present.read(realm, 'plans')).toEqual({})
      expect(await under.present.readOne(realm, 'plans', 'current')).toBeUndefined()
    })

    it('replaces one document and leaves its neighbours', async () => {
      await under.present.put(realm, 'warnings', { one: '1', two: '2' })
      await under.present.put(realm, 'warnings', { two: '3' })
      expect(await under.present.read(realm, 'warnings')).toEqual({ one: '1', two: '3' })
    })

    it('removes documents, also such as were never there', async () => {
      await under.present.put(realm, 'warnings', { one: '1', two: '2' })
      await under.present.remove(realm, 'warnings', ['one', 'never'])
      expect(await under.other.read(realm, 'warnings')).toEqual({ two: '2' })
    })

    it('keeps realms and areas apart, however they are named', async () => {
      await under.present.put(realm, 'feeds', { key: 'feed' })
      await under.present.put(realm, 'risk', { key: 'risk' })
      await under.present.put(`${realm}:feeds`, 'risk', { key: 'other' })
      expect(await under.present.read(realm, 'risk')).toEqual({ key: 'risk' })
      expect(await under.present.read(realm, 'feeds')).toEqual({ key: 'feed' })
    })

    it('takes thousands of documents at once and none at all', async () => {
      const many = Object.fromEntries(Array.from({ length: 1_201 }, (_, i) => [`enterprise-${i}`, String(i)]))
      await under.present.put(realm, 'risk', many)
      await under.present.put(realm, 'risk', {})
      await under.present.remove(realm, 'risk', [])
      expect(Object.keys(await under.other.read(realm, 'risk'))).toHaveLength(1_201)
    })

    it('rings after each change, when the change can already be read', async () => {
      const heard = new Promise<string | undefined>((resolve) => {
        void under.other
          .watch((rung, area) => {
            if (rung === realm && area === 'plans') resolve(under.other.readOne(rung, area, 'current'))
          })
          .then(() => under.present.put(realm, 'plans', { current: 'plan' }))
      })
      expect(await heard).toBe('plan')
    })

    it('rings for a removal, and no more once the watch has ended', async () => {
      const bells: [string, PresentArea][] = []
      let ring = (): void => undefined
      const rung = new Promise<void>((resolve) => {
        ring = resolve
      })
      const stop = await under.other.watch((from, area) => {
        if (from !== realm) return
        bells.push([from, area])
        ring()
      })
      await under.present.remove(realm, 'warnings', ['never'])
      await rung
      await stop()
      await under.present.put(realm, 'feeds', { one: '1' })
      expect(await under.other.read(realm, 'feeds')).toEqual({ one: '1' })
      expect(bells).toEqual([[realm, 'warnings']])
    })
  })
}
