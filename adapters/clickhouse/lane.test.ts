import { describe, expect, it } from 'vitest'
import { createLane } from './lane.ts'

const wanted = new AbortController().signal

describe('a lane', () => {
  it('runs no more tasks at once than it is wide, in the order of their coming', async () => {
    const lane = createLane(2, 10)
    const doors = [0, 1, 2, 3].map(() => door())
    const started: number[] = []
    const tasks = doors.map((each, index) =>
      lane.run(async () => {
        started.push(index)
        await each.opened
      }, wanted),
    )
    await settle()
    expect(started).toEqual([0, 1])
    doors[1]?.open()
    await settle()
    expect(started).toEqual([0, 1, 2])
    for (const each of doors) each.open()
    await Promise.all(tasks)
    expect(started).toEqual([0, 1, 2, 3])
  })

  it('refuses at its bound, so that a flood is answered and not hoarded', async () => {
    const lane = createLane(1, 1)
    const first = door()
    const tasks = [lane.run(() => first.opened, wanted), lane.run(async () => undefined, wanted)]
    await expect(lane.run(async () => undefined, wanted)).rejects.toMatchObject({ code: 202 })
    first.open()
    await Promise.all(tasks)
  })

  it('does not begin what nobody waits for any more, and goes on with the next', async () => {
    const lane = createLane(1, 5)
    const first = door()
    const leaving = new AbortController()
    const running = lane.run(() => first.opened, wanted)
    const left = lane.run(() => Promise.reject(new Error('must not run')), leaving.signal)
    const next = lane.run(async () => 'done', wanted)
    leaving.abort()
    first.open()
    await running
    await expect(left).rejects.toMatchObject({ code: 394 })
    await expect(next).resolves.toBe('done')
  })

  it('is idle only when the last task has ended, failed ones included', async () => {
    const lane = createLane(1, 5)
    await lane.idle()
    const ends: string[] = []
    const failing = lane.run(() => Promise.reject(new Error('broken')), wanted).catch(() => ends.push('task'))
    const idle = lane.idle().then(() => ends.push('idle'))
    await Promise.all([failing, idle])
    expect(ends.sort()).toEqual(['idle', 'task'])
    await lane.idle()
  })
})

function door(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
