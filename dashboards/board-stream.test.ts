import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CITY_CARD, CITY_NAMES } from '../test/support/board-city.ts'
import type { BoardModel } from './board-model.ts'
import {
  BEAT_EVERY_MS,
  beginBuild,
  dueOfStream,
  type Frame,
  failBuild,
  PATCH_EVERY_MS,
  ringStream,
  speakBeat,
  speakBoard,
  startStream,
} from './board-stream.ts'
import { buildBoard } from './build-board.ts'
import { applyPatch } from './patch.ts'

function boardAt(at: number, delayMs: number): BoardModel {
  const nothing = { shards: [], feeds: [], warnings: [], plan: undefined, trend: {}, received: [] }
  return buildBoard({ ...nothing, card: CITY_CARD, names: CITY_NAMES, delayMs, at })
}

/** Runs a stream on virtual time: `bells` ring at instants, each changing the board. */
function run(bells: readonly number[], until: number): { readonly at: number; readonly frame: Frame }[] {
  const said: { at: number; frame: Frame }[] = []
  let state = startStream(0)
  let value = 0
  for (let now = 0; now <= until; now += 10) {
    for (const bell of bells) {
      if (bell < now - 9 || bell > now) continue
      state = ringStream(state)
      value++
    }
    const due = dueOfStream(state, now)
    expect(due.wakeAt).toBeGreaterThanOrEqual(due.build || due.beat ? 0 : now)
    if (due.build) {
      const spoken = speakBoard(beginBuild(state, now, true), boardAt(now, value), now, now)
      state = spoken.state
      said.push(...spoken.frames.map((frame) => ({ at: now, frame })))
    } else if (due.beat) {
      const spoken = speakBeat(state, now)
      state = spoken.state
      said.push(...spoken.frames.map((frame) => ({ at: now, frame })))
    }
  }
  return said
}

describe('the stream of a board', () => {
  it('says at most four patches a second and loses no change, however often the bell rings', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 400 }), (bells) => {
        const said = run(bells, 7_000).filter(({ frame }) => frame.event !== 'beat')
        for (let i = 1; i < said.length; i++) {
          expect((said[i]?.at ?? 0) - (said[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(PATCH_EVERY_MS)
        }
        const arrived = said.reduce<unknown>(
          (page, { frame }) => (frame.event === 'board' ? frame.data : applyPatch(page, frame.data)),
          undefined,
        ) as BoardModel
        expect(arrived.delayMs).toBe(bells.length)
      }),
      { numRuns: 25 },
    )
  })

  it('beats every five seconds while nothing happens, so that silence can be told from calm', () => {
    const said = run([], 20_000)
    expect(said.map(({ at, frame }) => [at, frame.event])).toEqual([
      [0, 'board'],
      [BEAT_EVERY_MS, 'beat'],
      [2 * BEAT_EVERY_MS, 'beat'],
      [3 * BEAT_EVERY_MS, 'beat'],
      [4 * BEAT_EVERY_MS, 'beat'],
    ])
  })

  it('sends no patch for a bell that changed nothing', () => {
    let state = speakBoard(startStream(0), boardAt(0, 1), 0, 0).state
    const spoken = speakBoard(beginBuild(ringStream(state), 300, true), boardAt(300, 1), 300, 300)
    expect(spoken.frames).toEqual([])
    state = spoken.state
    expect(state.sent?.at).toBe(0)
  })

  it('falls silent while boards cannot be built, so that pages say that they are stale', () => {
    const { state } = speakBoard(startStream(0), boardAt(0, 1), 0, 0)
    const failed = failBuild(beginBuild(ringStream(state), 300, true), 300)
    expect(dueOfStream(failed, 60_000)).toMatchObject({ build: true, beat: false })
    const well = speakBoard(beginBuild(failed, 60_000, true), boardAt(60_000, 1), 60_000, 60_000).state
    expect(dueOfStream(well, 60_001)).toMatchObject({ build: false, beat: true })
  })

  it('waits longer after a slow build: a board never takes more than a fifth of the time', () => {
    const { state } = speakBoard(beginBuild(startStream(0), 0, true), boardAt(0, 1), 0, 1_000)
    expect(dueOfStream(ringStream(state), 4_999)).toMatchObject({ build: false, wakeAt: 5_000 })
    expect(dueOfStream(ringStream(state), 5_000).build).toBe(true)
  })
})
