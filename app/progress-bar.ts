import type { ReplayProgress } from '../ingest/replay/replay.ts'
import type { Language } from './language.ts'

const EVERY_MS = 200
const PHASES = {
  reading: { zh: '读取', en: 'reading' },
  appending: { zh: '送入', en: 'appending' },
  waiting: { zh: '等待下游', en: 'waiting for what is downstream' },
} as const

/** Progress of long work on a terminal: one line that is overwritten; elsewhere a line every ten seconds. */
export function createProgressBar(stream: NodeJS.WriteStream, language: Language) {
  let last = Number.NEGATIVE_INFINITY
  const every = stream.isTTY ? EVERY_MS : 10_000
  return {
    show({ phase, done, total, until }: ReplayProgress): void {
      const now = performance.now()
      if (now - last < every) return
      last = now
      const share = total === 0 ? String(done) : `${Math.floor((100 * done) / total)} %`
      const date = until > 0 ? ` ${new Date(until).toISOString().slice(0, 10)}` : ''
      const line = `${PHASES[phase][language]} ${share}${date}`
      stream.write(stream.isTTY ? `\r${line}\u001b[K` : `${line}\n`)
    },
    end(): void {
      if (stream.isTTY) stream.write('\r\u001b[K')
    },
  }
}
