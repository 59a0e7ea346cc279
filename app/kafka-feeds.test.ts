import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../core/errors.ts'
import { readKafkaFeeds } from './kafka-feeds.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fengsui-kafka-feeds-'))
  writeFileSync(join(folder, 'password'), 'secret\n')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function read(content: unknown) {
  const file = join(folder, 'kafka-feeds.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return readKafkaFeeds(file)
}

const FEED = { realm: 'city', feed: 'permits', brokers: ['kafka.gov:9092'], topic: 'gov.permits' }

describe('the file that names topics of other systems', () => {
  it('has a group for each feed, and passwords in files beside it', () => {
    const sasl = { mechanism: 'scram-sha-512', username: 'fengsui', passwordFile: 'password' }
    expect(read([FEED, { ...FEED, group: 'own', ssl: true, sasl }])).toEqual([
      { ...FEED, group: 'fengsui.city.permits', ssl: false, sasl: undefined },
      {
        ...FEED,
        group: 'own',
        ssl: true,
        sasl: { mechanism: 'scram-sha-512', username: 'fengsui', password: 'secret' },
      },
    ])
  })

  it.each([
    ['no JSON', '{', /is no JSON/],
    ['no topic', [{ ...FEED, topic: undefined }], /topic/],
    ['a word that it does not know', [{ ...FEED, topics: [] }], /additional/],
    [
      'a password in the open',
      [{ ...FEED, sasl: { mechanism: 'plain', username: 'a', password: 'b' } }],
      /passwordFile/,
    ],
    [
      'a password file that is not there',
      [{ ...FEED, sasl: { mechanism: 'plain', username: 'a', passwordFile: 'nothing' } }],
      /nothing cannot be read/,
    ],
  ])('is refused with %s', (_, content, said) => {
    expect(() => read(content)).toThrow(Refusal)
    expect(() => read(content)).toThrow(said)
  })

  it('is refused where it is not there', () => {
    expect(() => readKafkaFeeds(join(folder, 'absent.json'))).toThrow(/cannot be read/)
  })
})
