import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './ports.ts'
import { until } from './until.ts'

/** Debian puts servers where an ordinary PATH does not look. */
const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']

function find(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

/** What to install where Mosquitto's clients or its broker are missing; `undefined` where both are here. */
export function mosquittoMissing(): string | undefined {
  const missing = [
    ...(find('mosquitto') === undefined ? ['mosquitto'] : []),
    ...(find('mosquitto_pub') === undefined ? ['mosquitto-clients'] : []),
  ]
  return missing.length === 0 ? undefined : `install the Debian packages ${missing.join(' ')}`
}

export interface Publication {
  readonly url: string
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly username?: string
  readonly password?: string
}

/** `mosquitto_pub`: every line a message. Answers its exit code and what it complained of. */
export async function mosquittoPub(
  { url, topic, qos, username, password }: Publication,
  lines: readonly string[],
): Promise<{ readonly code: number | null; readonly complained: string }> {
  const { hostname, port } = new URL(url)
  const who = username === undefined ? [] : ['-u', username, '-P', password ?? '']
  const words = ['-h', hostname, '-p', port, '-q', String(qos), '-t', topic, ...who, '-l']
  const child = spawn(find('mosquitto_pub') ?? '', words, { stdio: ['pipe', 'ignore', 'pipe'] })
  let complained = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text
  })
  const closed = once(child, 'close')
  // It may refuse before it has read everything.
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${lines.join('\n')}\n`)
  await closed
  return { code: child.exitCode, complained }
}

export interface MosquittoBroker {
  readonly url: string
  stop(): Promise<void>
}

/** A real broker on the loopback, open to all, with a folder of its own. */
export async function startMosquitto(): Promise<MosquittoBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'fengsui-mosquitto-'))
  const port = await freePorts(1)
  const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'max_queued_messages 0', 'log_dest none']
  const file = join(folder, 'mosquitto.conf')
  // As root it would become the user mosquitto, whom the machine may not have.
  const user = process.getuid?.() === 0 ? ['user root'] : []
  await writeFile(file, `${[...settings, ...user].join('\n')}\n`)
  const child: ChildProcess = spawn(find('mosquitto') ?? '', ['-c', file], { stdio: 'ignore' })
  await until('mosquitto to listen', () => (child.exitCode === null ? answers(port) : true))
  if (child.exitCode !== null) throw new Error(`mosquitto has ended (${child.exitCode})`)
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async stop() {
      if (child.exitCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(undefined))
  })
}
