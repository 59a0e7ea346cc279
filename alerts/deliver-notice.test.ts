import { expect, test } from 'vitest'
import { Rejected } from '../core/errors.ts'
import { noticeOfWarning } from '../test/support/alert-policy.ts'
import type { Channel } from './channel.ts'
import { createDeliverNotice } from './deliver-notice.ts'

function channel(name: string, got: string[]): Channel {
  return {
    async deliver(notice) {
      got.push(`${name} ${notice.receiver}`)
    },
  }
}

function delivery(demonstration: boolean, got: string[], known: readonly string[]) {
  return createDeliverNotice({
    policyOf: () => ({ demonstration }),
    builtIn: channel('built-in', got),
    channelOf: (_realm, receiver) => (known.includes(receiver) ? channel('outside', got) : undefined),
  })
}

test('a notice goes to its receiver', async () => {
  const got: string[] = []
  await delivery(false, got, ['food-bureau'])(noticeOfWarning())
  expect(got).toEqual(['outside food-bureau'])
})

test('a demonstration reaches the built-in receiver only, whatever addresses are known', async () => {
  const got: string[] = []
  await delivery(true, got, ['food-bureau'])(noticeOfWarning())
  expect(got).toEqual(['built-in food-bureau'])
})

test('without an address a notice is refused for good, and not retried', async () => {
  await expect(delivery(false, [], [])(noticeOfWarning())).rejects.toBeInstanceOf(Rejected)
})
