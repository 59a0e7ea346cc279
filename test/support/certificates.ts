import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Pair {
  readonly certificate: string
  readonly key: string
}

export interface Authority {
  readonly certificate: string
  /** A server's certificate for 127.0.0.1. */
  server(): Promise<Pair>
  client(commonName: string): Promise<Pair>
}

/** Short keys, for speed, and certificates of a day. Needs `openssl`, which Debian has. */
export async function makeAuthority(name: string): Promise<Authority> {
  const root = await made(['-x509', '-subj', `/CN=${name}`], [])
  async function signed(subject: string, extension: string): Promise<Pair> {
    return inFolder(async (folder) => {
      await writeFile(join(folder, 'ca.pem'), root.certificate)
      await writeFile(join(folder, 'ca.key'), root.key, { mode: 0o600 })
      const issuer = ['-x509', '-CA', join(folder, 'ca.pem'), '-CAkey', join(folder, 'ca.key')]
      return made([...issuer, '-subj', subject], ['-addext', extension])
    })
  }
  return {
    certificate: root.certificate,
    server: () => signed('/CN=door', 'subjectAltName=IP:127.0.0.1'),
    client: (commonName) => signed(`/CN=${commonName}`, 'extendedKeyUsage=clientAuth'),
  }
}

function made(kind: readonly string[], more: readonly string[]): Promise<Pair> {
  return inFolder(async (folder) => {
    const key = join(folder, 'key.pem')
    const certificate = join(folder, 'certificate.pem')
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
    await run('openssl', ['req', ...kind, ...curve, '-keyout', key, '-out', certificate, ...more])
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') }
  })
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'fengsui-tls-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
