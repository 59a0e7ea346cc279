import { describe, expect, it } from 'vitest'
import { createReach, type Reach } from './reach.ts'
import { createByteReader } from './state/byte-reader.ts'
import { createByteWriter } from './state/byte-writer.ts'

const NONE: ReadonlySet<string> = new Set()

function restarted(reach: Reach): Reach {
  const writer = createByteWriter()
  reach.write(writer)
  return createReach(createByteReader(Buffer.from(writer.view())))
}

describe('whom a change reaches', () => {
  it('is found by place and by each of the owners, as they were said last, after a restart too', () => {
    const reach = createReach()
    reach.place(0, { place: 'place:1:1', owners: [] })
    reach.place(1, { place: 'place:1:1', owners: ['li'] })
    reach.place(3, { place: '', owners: ['chen', 'li', 'wang'] })
    reach.place(2, { place: 'place:1:1', owners: ['li', 'wang'] })
    reach.place(2, { place: 'place:2:1', owners: ['li'] })
    for (const one of [reach, restarted(reach)]) {
      expect(one.perhapsReachedBy(NONE, new Set(['place:1:1']))).toEqual([0, 1])
      expect(one.perhapsReachedBy(new Set(['li']), NONE)).toEqual([1, 2, 3])
      expect(one.perhapsReachedBy(new Set(['wang']), NONE)).toEqual([3])
      expect(one.perhapsReachedBy(new Set(['wang']), new Set(['place:2:1']))).toEqual([2, 3])
      expect(one.perhapsReachedBy(NONE, NONE)).toEqual([])
    }
  })

  it('hears of those who are added to a set that was asked for before', () => {
    const reach = createReach()
    reach.place(0, { place: '', owners: ['li'] })
    const changed = new Set(['wang'])
    expect(reach.perhapsReachedBy(changed, NONE)).toEqual([])
    changed.add('li')
    expect(reach.perhapsReachedBy(changed, NONE)).toEqual([0])
  })
})
