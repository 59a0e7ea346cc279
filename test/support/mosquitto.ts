import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pair } from './certificates.ts'
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
  /** Over TLS: whom to believe, and what to show. PEM texts. */
  readonly tls?: { readonly authority: string; readonly proof?: Pair }
}

/** `mosquitto_pub`: every line a message. Answers its exit code and what it complained of. */
export async function mosquittoPub(
  { url, topic, qos, username, password, tls }: Publication,
  lines: readonly string[],
): Promise<{ readonly code: number | null; readonly complained: string }> {
  const { hostname, port } = new URL(url)
  const who = [...(username === undefined ? [] : ['-u', username]), ...(password === undefined ? [] : ['-P', password])]
  const folder = await mkdtemp(join(tmpdir(), 'fengsui-mosquitto-'))
  const secure = tls === undefined ? [] : ['--cafile', await put(folder, 'ca.pem', tls.authority)]
  if (tls?.proof !== undefined) {
    secure.push('--cert', await put(folder, 'cert.pem', tls.proof.certificate))
    secure.push('--key', await put(folder, 'key.pem', tls.proof.key))
  }
  const words = ['-h', hostname, '-p', port, '-q', String(qos), '-t', topic, ...who, ...secure, '-l']
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
  await rm(folder, { recursive: true, force: true })
  return { code: child.exitCode, complained }
}

async function put(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text, { mode: 0o600 })
  return file
}

export interface MosquittoBroker {
  readonly url: string
  stop(): Promise<void>
}

export interface MosquittoTls {
  readonly door: Pair
  /** Whoever has no certificate of it is not let in. */
  readonly clientAuthority: string
}

/** A real broker on the loopback with a folder of its own: open to all, or over TLS to holders of certificates. */
export async function startMosquitto(tls?: MosquittoTls): Promise<MosquittoBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'fengsui-mosquitto-'))
  const port = await freePorts(1)
  const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'max_queued_messages 0', 'log_dest none']
  if (tls !== undefined) {
    settings.push(`certfile ${await put(folder, 'door.pem', tls.door.certificate)}`)
    settings.push(`keyfile ${await put(folder, 'door.key', tls.door.key)}`)
    settings.push(`cafile ${await put(folder, 'ca.pem', tls.clientAuthority)}`, 'require_certificate true')
  }
  // As root it would become the user mosquitto, whom the machine may not have.
  const user = process.getuid?.() === 0 ? ['user root'] : []
  const file = await put(folder, 'mosquitto.conf', `${[...settings, ...user].join('\n')}\n`)
  const child: ChildProcess = spawn(find('mosquitto') ?? '', ['-c', file], { stdio: 'ignore' })
  await until('mosquitto to listen', () => (child.exitCode === null ? answers(port) : true))
  if (child.exitCode !== null) throw new Error(`mosquitto has ended (${child.exitCode})`)
  return {
    url: `${tls === undefined ? 'mqtt' : 'mqtts'}://127.0.0.1:${port}`,
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
