import {
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
} from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { translateKafkaError } from './errors.ts'

const exhausted = (cause: Error) => new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 1 })

/** As kafkajs makes them from a broker's error code. */
function protocol(type: string, retriable: boolean): Error {
  return new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable }))
}

describe('what a failure of Kafka means', () => {
  test.each([
    ['a broken connection', new KafkaJSConnectionError('gone'), { name: 'Retryable', code: 'log-unreachable' }],
    [
      'retries that ran out',
      exhausted(new KafkaJSConnectionError('gone')),
      { name: 'Retryable', code: 'log-unreachable' },
    ],
    ['a moving leader', protocol('NOT_LEADER_FOR_PARTITION', true), { name: 'Retryable', code: 'log-moving' }],
    [
      'a lost numbering',
      protocol('OUT_OF_ORDER_SEQUENCE_NUMBER', false),
      { name: 'Retryable', code: 'log-renumbered' },
    ],
    ['a broken disk', protocol('KAFKA_STORAGE_ERROR', true), { name: 'Retryable', code: 'log-unwritable' }],
    ['a batch too large', protocol('MESSAGE_TOO_LARGE', false), { name: 'Rejected', reason: 'too-large' }],
    ['a missing right', exhausted(protocol('TOPIC_AUTHORIZATION_FAILED', false)), { name: 'Refusal' }],
    ['too few brokers', protocol('INVALID_REPLICATION_FACTOR', false), { name: 'Refusal' }],
  ])('%s', (_, error, expected) => {
    expect(translateKafkaError(error)).toMatchObject({ ...expected, cause: error })
  })

  test('what it does not know stays what it is', () => {
    const unknown = new KafkaJSNonRetriableError('what is this')
    expect(translateKafkaError(unknown)).toBe(unknown)
    const other = new KafkaJSError('odd', { retriable: false })
    expect(translateKafkaError(other)).toBe(other)
  })
})
