import type { Kafka } from 'kafkajs'

/** Messages of one partition that Kafka no longer holds, from the first to before the last. */
export interface LostRange {
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}

/** What retention dropped beyond the group's offsets, and where kafkajs would jump over in silence. */
export async function findLost(kafka: Kafka, topic: string, group: string): Promise<readonly LostRange[]> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const held = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => [partition, BigInt(low)]))
    const [read] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    return (read?.partitions ?? []).flatMap(({ partition, offset }) => {
      const from = BigInt(offset)
      const to = held.get(partition)
      return from < 0n || to === undefined || from >= to ? [] : [{ partition, from, to }]
    })
  } finally {
    await admin.disconnect()
  }
}
