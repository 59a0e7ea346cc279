import { Refusal, Rejected, Retryable } from '../../core/errors.ts'

const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSStaleTopicMetadataAssignment',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
])

/** The producer's numbering was lost: a new producer starts afresh. */
const NUMBERING_LOST = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
])

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

const NOT_ALLOWED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
])

/** What a failed Kafka call means, by the type of the error; what this does not know is returned as it is. */
export function translateKafkaError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  for (const each of causesOf(error)) {
    const type = 'type' in each ? String(each.type) : ''
    if (NOT_ALLOWED.has(type) || each.name === 'KafkaJSSASLAuthenticationError') {
      return new Refusal(
        {
          zh: 'Kafka 拒绝了该账号,或其权限不足,请核对账号与 ACL',
          en: 'Kafka refuses these credentials, or they lack a right: check the account and its ACLs',
        },
        {
          cause: error,
        },
      )
    }
    if (TOO_LARGE.has(type))
      return new Rejected(
        'too-large',
        { zh: 'Kafka 不接受这么大的批次', en: 'Kafka takes no batch of this size' },
        { cause: error },
      )
    if (type === 'INVALID_REPLICATION_FACTOR') {
      return new Refusal(
        { zh: 'Kafka 的节点数少于副本数', en: 'Kafka has fewer brokers than the replication factor asks for' },
        { cause: error },
      )
    }
    if (type === 'KAFKA_STORAGE_ERROR')
      return new Retryable('log-unwritable', 'Kafka cannot write to its disk', { cause: error })
    if (NUMBERING_LOST.has(type))
      return new Retryable('log-renumbered', 'Kafka no longer knows this producer', { cause: error })
    if (UNREACHABLE.has(each.name)) return new Retryable('log-unreachable', 'Kafka cannot be reached', { cause: error })
    if ('retriable' in each && each.retriable === true) {
      return new Retryable('log-moving', `Kafka is not ready to serve this (${type || each.name})`, { cause: error })
    }
  }
  return error
}

/** An error, then what caused it: kafkajs wraps the last one in `KafkaJSNumberOfRetriesExceeded`, several in an aggregate. */
function causesOf(error: Error): Error[] {
  const within = 'errors' in error && Array.isArray(error.errors) ? error.errors : [error.cause]
  const causes = within.filter((each): each is Error => each instanceof Error)
  return [...causes.flatMap(causesOf), error]
}
