import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { kafkaAvailability } from './kafka.ts'

/** What to install where kcat or a Kafka broker is missing; `undefined` where both can be used. */
export function kcatMissing(): string | undefined {
  try {
    execFileSync('kcat', ['-V'], { stdio: 'ignore' })
  } catch {
    return 'install the Debian package kcat'
  }
  return kafkaAvailability()
}

/** `kcat -P`: every line a message of the topic, its partition as given or by librdkafka's own choice. */
export async function kcatProduce(
  brokers: readonly string[],
  topic: string,
  lines: readonly string[],
  words: readonly string[] = [],
): Promise<void> {
  const child = spawn('kcat', ['-P', '-b', brokers.join(','), '-t', topic, ...words], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let complained = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text
  })
  const closed = once(child, 'close')
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  await closed
  if (child.exitCode !== 0) throw new Error(`kcat has ended (${child.exitCode}): ${complained}`)
}
