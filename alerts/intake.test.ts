import { expect, test } from 'vitest'
import { Retryable } from '../core/errors.ts'
import type { LogBatch, LogReader, Topic } from '../core/event-log.ts'
import { createIntake, type Intake, streamOf } from './intake.ts'

function batch(topic: Topic, position: string, shard = 0): LogBatch {
  const rest = { realm: 'city', count: 0, bytes: new Uint8Array(), progress: [], bulk: false }
  return { topic, shard, position, ...rest }
}

/** Returns what is scripted, a poll at a time, and then nothing. */
function reader(...polls: readonly (readonly LogBatch[])[]): LogReader {
  const left = [...polls]
  return { poll: async () => left.shift() ?? [], close: async () => undefined }
}

async function drain(intake: Intake, polls = 20): Promise<readonly string[]> {
  const names: string[] = []
  for (let i = 0; i < polls; i++) {
    for (const each of await intake.next()) names.push(`${streamOf(each)}@${each.position}`)
  }
  return names
}

const FRESH = { barriers: [], evidenceEnds: {} }

test('whatever comes is handed on, and positions follow it', async () => {
  const intake = createIntake(
    [reader([batch('signals', '1', 3)]), reader([batch('decisions', '1')])],
    { sealed: '7' },
    FRESH,
  )
  expect([...(await drain(intake))].sort()).toEqual(['decisions@1', 'signals/3@1'])
  expect(intake.positions()).toEqual({ sealed: '7', 'signals/3': '1', decisions: '1' })
})

test('new decisions wait for the evidence that was there at the start', async () => {
  const signals = reader([batch('signals', '1')], [batch('signals', '2')])
  const replay = { barriers: [], evidenceEnds: { 'signals/0': '2' } }
  const intake = createIntake([reader([batch('decisions', '1')]), signals], {}, replay)
  expect(await drain(intake)).toEqual(['signals/0@1', 'signals/0@2', 'decisions@1'])
})

test('known decisions come after the evidence that they had come after, and before what had not been read then', async () => {
  const signals = reader(
    [batch('signals', '1', 1), batch('signals', '2', 1)],
    [batch('signals', '1', 2)],
    [batch('sealed', '1')],
  )
  const barriers = [
    { decisions: '1', after: { 'signals/1': '1' } },
    { decisions: '2', after: { 'signals/1': '1', 'signals/2': '1' } },
  ]
  const replay = { barriers, evidenceEnds: { 'signals/1': '2' } }
  const decisions = reader([batch('decisions', '1'), batch('decisions', '2'), batch('decisions', '3')])
  const taken = await drain(createIntake([decisions, signals], {}, replay))
  expect(taken.slice(0, 4)).toEqual(['signals/1@1', 'decisions@1', 'signals/2@1', 'decisions@2'])
  expect(taken.indexOf('decisions@3')).toBeGreaterThan(taken.indexOf('signals/1@2'))
  expect(taken).toHaveLength(7)
})

test('a reader that fails is asked again, and the others lose nothing', async () => {
  let failed = false
  const good = reader([batch('signals', '1')])
  const bad: LogReader = {
    async poll() {
      if (failed) return []
      failed = true
      throw new Retryable('log-unreachable', 'away')
    },
    close: async () => undefined,
  }
  const intake = createIntake([bad, good], {}, FRESH)
  await expect(intake.next()).rejects.toBeInstanceOf(Retryable)
  expect(await drain(intake)).toEqual(['signals/0@1'])
})
