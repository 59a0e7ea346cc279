import { afterEach, beforeEach, expect, test } from 'vitest'
import { Rejected, Retryable } from '../../core/errors.ts'
import { noticeOfWarning, warningOf } from '../../test/support/alert-policy.ts'
import { createWebhook } from '../channels/webhook.ts'
import { createDemoReceiver, type DemoReceiver, type Reception } from './demo-receiver.ts'

let now = Date.UTC(2026, 10, 22)
const clock = { now: () => now }
let receiver: DemoReceiver
let url: string
let receptions: Reception[]
let isBroken: boolean

beforeEach(async () => {
  receptions = []
  isBroken = false
  receiver = createDemoReceiver({
    secret: 's3cret',
    clock,
    keep: 2,
    received: async (reception) => {
      if (isBroken) throw new Error('the present is away')
      receptions.push(reception)
    },
  })
  url = await receiver.start(0)
})
afterEach(() => receiver.stop())

const notice = noticeOfWarning()
const send = (secret = 's3cret', sent = notice) => createWebhook({ url, secret, timeoutMs: 5_000, clock }).deliver(sent)

test('a signed notice is taken once, checked, and reported', async () => {
  await send()
  await send()
  expect(receptions).toEqual([{ at: now, notice, verified: true }])
  expect(receiver.last()).toEqual(receptions)
})

test('it answers 409 to a notice that it had', async () => {
  await send()
  const body = JSON.stringify(notice)
  const { sign } = await import('../channels/verify-signature.ts')
  const headers = { 'x-fengsui-timestamp': String(now), 'x-fengsui-signature': sign('s3cret', String(now), body) }
  expect((await fetch(url, { method: 'POST', body, headers })).status).toBe(409)
})

test('a wrong signature is refused and shown as unverified, and does not keep the real one out', async () => {
  await expect(send('wrong')).rejects.toBeInstanceOf(Rejected)
  await send()
  expect(receptions.map((reception) => reception.verified)).toEqual([false, true])
})

test('nothing unsigned overwrites what was verified', async () => {
  await send()
  await expect(send('wrong')).rejects.toBeInstanceOf(Rejected)
  expect(receptions).toHaveLength(1)
})

test('a notice that could not be reported is not taken: the sender tries again', async () => {
  isBroken = true
  await expect(send()).rejects.toBeInstanceOf(Retryable)
  isBroken = false
  await send()
  expect(receptions).toHaveLength(1)
})

test('it keeps the last ones only', async () => {
  for (const revision of [1, 2, 3]) await send('s3cret', noticeOfWarning(warningOf({ revision })))
  expect(receiver.last().map((each) => each.notice.warning.revision)).toEqual([3, 2])
})

test('what is no notice is answered as such', async () => {
  for (const body of ['', 'no json', '[]', '{"id":1}']) {
    expect((await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status).toBe(
      400,
    )
  }
  now += 1
})
