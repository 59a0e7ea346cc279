import { hash } from 'node:crypto'
import { once } from 'node:events'
import { posix } from 'node:path'
import { promisify } from 'node:util'
import { Client, type FileEntryWithStats, type SFTPWrapper } from 'ssh2'
import { Refusal, Retryable } from '../../core/errors.ts'
import type { FileSource } from '../../ingest/sources/file-source.ts'
import { type ListedFound, MOST_LISTED, newOf, pathOf, tooManyListed } from '../../ingest/sources/listing.ts'

export interface SftpSourceOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly folder: string
  /** SHA-256 of the server's key, base64 without padding. */
  readonly hostKey: string
  /** A password, or a private key in PEM. */
  readonly secret: string
}

const READY_MS = 20_000
/** A server that does not answer three of these is gone. */
const SIGN_OF_LIFE_MS = 20_000

/**
 * Files of one folder of an SFTP server. Only the server whose key the policy names is spoken to. A connection serves one
 * look; nothing is written to the server.
 */
export function createSftpSource(options: SftpSourceOptions): FileSource {
  const { folder, host } = options
  let found: readonly ListedFound[] = []
  let session: { readonly client: Client; readonly sftp: SFTPWrapper } | undefined

  async function connected(): Promise<SFTPWrapper> {
    if (session !== undefined) return session.sftp
    const client = await connect(options)
    client.once('close', () => {
      session = undefined
    })
    try {
      const sftp = await promisify(client.sftp.bind(client))()
      session = { client, sftp }
      return sftp
    } catch (error) {
      client.end()
      throw unreachable(host, error)
    }
  }

  function close(): void {
    session?.client.end()
    session = undefined
  }

  return {
    async find(cursor) {
      close()
      const sftp = await connected()
      const entries = await listed(sftp, folder, host)
      if (entries.length > MOST_LISTED) throw tooManyListed(`${host}:${folder}`)
      const files = entries.filter(({ attrs }) => attrs.isFile())
      found = newOf(
        files.map(({ filename, attrs: { size, mtime } }) => ({
          path: filename,
          version: `${size} ${mtime}`,
          modified: mtime * 1000,
        })),
        cursor,
      )
      if (found.length === 0) close()
      return { files: found, more: false }
    },

    async *read(file) {
      const sftp = await connected()
      const stream = sftp.createReadStream(posix.join(folder, pathOf(found, file)))
      stream.on('error', heardByReader)
      try {
        yield* stream as AsyncIterable<Buffer>
      } catch (error) {
        throw unreachable(host, error)
      }
    },

    async putAway() {},

    async close() {
      close()
    },
  }
}

async function connect({ host, port, user, hostKey, secret }: SftpSourceOptions): Promise<Client> {
  const client = new Client()
  let isWrongServer = false
  const proof = secret.startsWith('-----BEGIN') ? { privateKey: secret } : { password: secret.trim() }
  // What breaks later is told by whatever is being done then.
  client.on('error', () => client.end())
  const ready = once(client, 'ready')
  client.connect({
    host,
    port,
    username: user,
    readyTimeout: READY_MS,
    keepaliveInterval: SIGN_OF_LIFE_MS,
    hostVerifier: (key: Buffer) => {
      const fingerprint = hash('sha256', key, 'base64').replace(/=+$/, '')
      isWrongServer = fingerprint !== hostKey
      return !isWrongServer
    },
    ...proof,
  })
  try {
    await ready
  } catch (error) {
    client.end()
    if (isWrongServer) {
      throw new Refusal({
        zh: `服务器 ${host} 的密钥与规则中写的不同,未向它发送任何内容`,
        en: `The server at ${host} has another key than the policy names: nothing was sent to it.`,
      })
    }
    const level = error instanceof Error && 'level' in error ? error.level : undefined
    if (level === 'client-authentication')
      throw new Refusal({
        zh: `${host} 不允许 ${user} 登录,请核对密钥`,
        en: `${host} does not let ${user} in: check the secret.`,
      })
    throw unreachable(host, error)
  }
  return client
}

async function listed(sftp: SFTPWrapper, folder: string, host: string): Promise<readonly FileEntryWithStats[]> {
  try {
    return await promisify(sftp.readdir.bind(sftp))(folder)
  } catch (error) {
    throw unreachable(`${host}:${folder}`, error)
  }
}

function unreachable(where: string, cause: unknown): Retryable {
  return new Retryable('source-unreachable', `${where} cannot be read`, { cause })
}

/** A stream whose handle is closed behind the last byte may fail when nobody reads it any more. */
function heardByReader(): void {}
