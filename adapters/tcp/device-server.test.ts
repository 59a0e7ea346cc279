import { describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import { hj212Ack, hj212Frame, MN, nthHj212Frame, useTcpDoors } from '../../test/support/tcp-doors.ts'
import { until } from '../../test/support/until.ts'

const doors = useTcpDoors()

describe('a door for devices', () => {
  it('answers only what is durable, and stops reading while too much is on its way', async () => {
    await doors.openHj212({ framesEach: 3 })
    let release = () => {}
    const waiting = new Promise<void>((resolve) => {
      doors.beforeCommit = () => {
        resolve()
        return new Promise((done) => {
          release = done
        })
      }
    })
    const device = await doors.connected()
    device.send(Buffer.concat(Array.from({ length: 50 }, (_, i) => nthHj212Frame(i))))
    await waiting
    // Goes there and back: an answer would have come before.
    await doors.connected()
    expect(device.heard()).toBe('')
    doors.beforeCommit = async () => {}
    release()
    await device.hears('CN=9014', 50)
    expect(await doors.observations()).toHaveLength(50)
  })

  it('keeps nothing of a frame that was cut off with its connection, and takes it when it comes whole', async () => {
    await doors.openHj212()
    const first = await doors.connected()
    first.send(Buffer.concat([nthHj212Frame(1), hj212Frame().subarray(0, 90)]))
    await first.hears('CN=9014')
    first.leave()
    await until('the end of it', () => (doors.refused.includes(`cut-short ${MN}`) ? true : undefined))
    const second = await doors.connected()
    second.send(hj212Frame())
    await second.hears(hj212Ack())
    expect(await doors.rejects()).toEqual([])
    expect(await doors.observations()).toHaveLength(2)
  })

  it('tries again while the log is out of reach, and answers then', async () => {
    await doors.openHj212()
    let calls = 0
    doors.beforeCommit = async () => {
      if (calls++ < 1) throw new Retryable('log-unreachable', 'down')
    }
    const device = await doors.connected()
    device.send(hj212Frame())
    await device.hears(hj212Ack())
    expect(await doors.observations()).toHaveLength(1)
    expect(doors.notTaken).toEqual([])
  })

  it('reads nothing while the log holds too much', async () => {
    await doors.openHj212()
    doors.pressed = true
    const device = await doors.connected()
    device.send(hj212Frame())
    await doors.connected()
    expect(await doors.observations()).toEqual([])
    doors.pressed = false
    doors.now += 1_000
    await device.hears(hj212Ack())
    expect(await doors.observations()).toHaveLength(1)
  })

  it('answers a device that has said all and closed its side', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    device.socket.end(hj212Frame())
    await device.hears(hj212Ack())
    await device.cutOff()
    expect(await doors.observations()).toHaveLength(1)
  })

  it('lets go of a stranger that only sends noise, of one that says nothing, and of too many', async () => {
    await doors.openHj212({ helloMs: 100, connections: 2 })
    const silent = await doors.connected()
    const noisy = await doors.connected()
    const third = await doors.connected()
    await third.cutOff()
    noisy.send('GET / HTTP/1.1\r\n'.repeat(400))
    await noisy.cutOff()
    await silent.cutOff()
    await until('all refusals', () => (doors.refused.length >= 3 ? true : undefined))
    expect(new Set(doors.refused)).toEqual(new Set(['too-many', 'no-frame', 'silent']))
    expect(await doors.rejects()).toEqual([])
  })

  it('is not held up for long by strangers who say nothing', async () => {
    await doors.openHj212({ logIns: 1, logInMs: 100 })
    await doors.connected()
    const device = await doors.connected()
    device.send(hj212Frame())
    await device.hears(hj212Ack())
    expect(doors.refused).toEqual([])
  })

  it('takes a burst of reconnecting devices in few commits, and loses nothing that it answered', async () => {
    await doors.openHj212()
    let commits = 0
    doors.beforeCommit = async () => {
      commits++
    }
    const devices = await Promise.all(Array.from({ length: 60 }, () => doors.connected()))
    devices.forEach((device, i) => {
      const mn = `140105D${String(i).padStart(4, '0')}`
      device.send(
        Buffer.concat(
          Array.from({ length: 10 }, (_, minute) =>
            hj212Frame({ mn, cp: `DataTime=202601050${800 + minute}00;w01018-Rtd=${i}` }),
          ),
        ),
      )
    })
    await Promise.all(devices.map((device) => device.hears('CN=9014', 10)))
    expect(await doors.observations()).toHaveLength(600)
    expect(commits).toBeLessThan(60)
  })
})
