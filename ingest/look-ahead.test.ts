import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryEventLog } from '../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../adapters/memory/record-index.ts'
import { Retryable } from '../core/errors.ts'
import type { OutgoingBatch } from '../core/event-log.ts'
import { compiled, NOW, REVISED_COMPLAINTS, readLog, testSealer } from '../test/support/ingest-fixture.ts'
import { readRows } from './decode/row-reader.ts'
import { createOccurrences } from './ingest-batch.ts'
import type { RealmIntake } from './intake-port.ts'
import { openRealmIntake } from './realm-intake.ts'
import type { RecordIndex } from './record-index.ts'

const HEADER = 'number,licence,revision,opened,closed,text'
const feed = compiled(REVISED_COMPLAINTS)

interface Sending {
  readonly number: string
  readonly revision: number
}

/** Commits and look-ups that end in whatever order a test says, and commits that fail when it says so. */
function createSlowIndex() {
  const log = createMemoryEventLog()
  const held: (() => void)[] = []
  let failing = 0
  const pause = () => new Promise<void>((resolve) => held.push(resolve))
  const whole = createMemoryRecordIndex({ append: (batches: readonly OutgoingBatch[]) => log.append(batches) })
  const index: RecordIndex = {
    ...whole,
    async lookUp(...asked) {
      await pause()
      const found = await whole.lookUp(...asked)
      await pause()
      return found
    },
    async commit(commit) {
      await pause()
      const fails = failing > 0
      if (fails) failing--
      // Of a commit that fails nobody knows whether it was carried out.
      if (!fails || failing % 2 === 0) await whole.commit(commit)
      await pause()
      if (fails) throw new Retryable('log-unreachable', 'cut off')
    },
  }
  return {
    log,
    index,
    held,
    failNext: () => {
      failing++
    },
  }
}

function submit(intake: RealmIntake, { number, revision }: Sending) {
  const line = `${number},7,${revision},2026-01-0${revision},,x`
  const rows = readRows(REVISED_COMPLAINTS, Buffer.from(`${HEADER}\n${line}`))
  return intake.submit({ feed, source: 'test', rows, bulk: false, occurrence: createOccurrences() })
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ number: fc.constantFrom('a', 'b', 'c'), revision: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 6, arbitrary: fc.record({ release: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.constant('fail' as const) },
  { weight: 1, arbitrary: fc.constant('exclusively' as const) },
)

describe('looking up rows while others are made durable', () => {
  it('counts each version once, and loses none, in whatever order look-ups and commits end, and when commits fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const { log, index, held, failNext } = createSlowIndex()
        const release = (at: number) => held.splice(at % Math.max(1, held.length), 1)[0]?.()
        const opening = openRealmIntake({
          realm: 'city',
          feeds: ['complaints'],
          live: undefined,
          index,
          log,
          heldBound: 1e9,
          clock: { now: () => NOW },
          sealer: testSealer(),
        })
        const intake = await opening
        const all: Promise<unknown>[] = []
        const sent: Sending[] = []
        const fresh = { observations: 0, versions: 0 }
        /** A sender who is told to send again does so, until it is told that its row is there. */
        const send = async (sending: Sending): Promise<void> => {
          try {
            const { counts } = await submit(intake, sending)
            fresh.observations += counts.observations
            fresh.versions += counts.versions
          } catch (error) {
            if (!(error instanceof Retryable)) throw error
            await send(sending)
          }
        }
        for (const each of steps) {
          if (each === 'fail') failNext()
          else if (each === 'exclusively')
            all.push(intake.exclusively(async () => ({ result: undefined })).catch(() => {}))
          else if ('release' in each) release(each.release)
          else {
            sent.push(each)
            all.push(send(each))
          }
          await turn()
        }
        let isDone = false
        const done = Promise.all(all).then(() => {
          isDone = true
        })
        while (!isDone) {
          release(0)
          await turn()
        }
        await done
        const versions = new Set(sent.map(({ number, revision }) => `${number} ${revision}`))
        const { observations } = await readLog(log)
        const told = observations.filter(({ gone }) => gone === 0).map(({ record, version }) => `${record} ${version}`)
        expect(new Set(told).size).toBe(versions.size)
        expect(told.length).toBe(versions.size)
      }),
      { numRuns: 500 },
    )
  })
})
