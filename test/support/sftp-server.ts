import { generateKeyPairSync, hash } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type Connection, type FileEntry, Server, type SFTPWrapper, utils } from 'ssh2'

const { STATUS_CODE } = utils.sftp
const FILE = 0o100644
const FOLDER = '/out'

interface Stored {
  readonly content: Uint8Array
  /** UTC seconds, as the protocol counts. */
  readonly modified: number
}

/** An SFTP server with one folder, on loopback, that lets one user read. */
export async function startSftpServer(password: string) {
  const files = new Map<string, Stored>()
  const connections = new Set<Connection>()
  let now = Date.UTC(2026, 0, 1) / 1000
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const parsed = utils.parseKey(privateKey)
  if (parsed instanceof Error) throw parsed
  const server = new Server({ hostKeys: [privateKey] }, (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
    connection.on('error', () => connection.end())
    connection.on('authentication', (attempt) => {
      if (attempt.method === 'password' && attempt.username === 'reader' && attempt.password === password) {
        attempt.accept()
      } else attempt.reject(['password'])
    })
    connection.on('session', (accept) => {
      accept().on('sftp', (open) => serveFiles(open(), files))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: hash('sha256', parsed.getPublicSSH(), 'base64').replace(/=+$/, ''),
    folder: FOLDER,
    put(name: string, content: Uint8Array): void {
      now += 1
      files.set(name, { content, modified: now })
    },
    async stop(): Promise<void> {
      for (const connection of connections) connection.end()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function serveFiles(sftp: SFTPWrapper, files: ReadonlyMap<string, Stored>): void {
  /** A handle is one byte: of a listing whether it was told, of a file its name. */
  const handles = new Map<number, { name?: string; told: boolean }>()
  const open = (name?: string): Buffer => {
    const handle = handles.size
    handles.set(handle, { ...(name === undefined ? {} : { name }), told: false })
    return Buffer.from([handle])
  }
  const attributes = ({ content, modified }: Stored) => ({
    mode: FILE,
    uid: 0,
    gid: 0,
    size: content.length,
    atime: modified,
    mtime: modified,
  })
  const storedAt = (path: string) => files.get(path.slice(FOLDER.length + 1))

  sftp.on('OPENDIR', (id, path) => {
    if (path === FOLDER) sftp.handle(id, open())
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
  })
  sftp.on('READDIR', (id, handle) => {
    const held = handles.get(handle[0] ?? -1)
    if (held === undefined || held.told) return sftp.status(id, STATUS_CODE.EOF)
    held.told = true
    const entries = [...files].map(
      ([filename, stored]): FileEntry => ({ filename, longname: filename, attrs: attributes(stored) }),
    )
    return sftp.name(id, entries)
  })
  sftp.on('OPEN', (id, path) => {
    if (storedAt(path) === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
    else sftp.handle(id, open(path))
  })
  const tell = (id: number, stored: Stored | undefined) => {
    if (stored === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
    else sftp.attrs(id, attributes(stored))
  }
  sftp.on('STAT', (id, path) => tell(id, storedAt(path)))
  sftp.on('FSTAT', (id, handle) => tell(id, storedAt(handles.get(handle[0] ?? -1)?.name ?? '')))
  sftp.on('READ', (id, handle, offset, length) => {
    const content = storedAt(handles.get(handle[0] ?? -1)?.name ?? '')?.content ?? Buffer.alloc(0)
    if (offset >= content.length) sftp.status(id, STATUS_CODE.EOF)
    else sftp.data(id, Buffer.from(content.subarray(offset, offset + length)))
  })
  sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK))
}
