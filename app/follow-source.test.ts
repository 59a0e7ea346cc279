import { expect, it } from 'vitest'
import { Refusal, Retryable } from '../core/errors.ts'
import { follow, waitAfter } from './follow-source.ts'

it.each([
  [1, undefined, 1_000],
  [2, undefined, 2_000],
  [5, undefined, 16_000],
  [60, undefined, 900_000],
  [1, 30_000, 30_000],
  [1, 86_400_000, 900_000],
])('after %d faults in a row, and when asked for %s ms, it waits %d ms', (faults, asked, wait) => {
  expect(waitAfter(faults, asked)).toBe(wait)
})

it('looks again at once while there is more, goes on after faults, and stops when told', async () => {
  const stop = new AbortController()
  const faults: string[] = []
  const looks = [
    () => true,
    () => {
      throw new Retryable('source-busy', 'busy')
    },
    () => {
      stop.abort()
      return false
    },
  ]
  let looked = 0
  await follow({
    everyMs: 1,
    look: async () => looks[looked++]?.() ?? false,
    onFault: ({ message }) => faults.push(message),
    signal: stop.signal,
  })
  expect(looked).toBe(3)
  expect(faults).toEqual(['busy'])
})

it('does not hide what nobody foresaw', async () => {
  const failing = (error: Error) =>
    follow({
      everyMs: 1,
      look: () => Promise.reject(error),
      onFault: () => undefined,
      signal: AbortSignal.timeout(50),
    })
  await expect(failing(new TypeError('a fault of ours'))).rejects.toThrow('a fault of ours')
  await expect(
    failing(new Refusal({ zh: 'somebody has to mend it', en: 'somebody has to mend it' })),
  ).resolves.toBeUndefined()
})
