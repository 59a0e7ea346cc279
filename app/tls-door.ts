import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientTls } from '../adapters/mqtt/ingest-client.ts'
import type { CertifiedFeeds, DoorTls } from '../adapters/tls/door-tls.ts'
import { Refusal } from '../core/errors.ts'
import type { ClientTlsConfig, TlsConfig } from './config.ts'
import type { DataFolder } from './embedded/data-folder.ts'

const FILE = 'certificates.json'

/** Errors: `Refusal` naming the file that cannot be used. */
export function readDoorTls(folder: DataFolder, { certificate, key, clientAuthority }: TlsConfig): DoorTls {
  return {
    certificate: pem(certificate),
    key: pem(key),
    ...(clientAuthority === undefined
      ? {}
      : { clientAuthority: pem(clientAuthority), certified: certifiedFeeds(folder) }),
  }
}

/** What is shown to a broker of the site, and asked of it. Errors: `Refusal` naming the file that cannot be used. */
export function readClientTls({ authority, certificate, key }: ClientTlsConfig): ClientTls {
  return {
    ...(authority === undefined ? {} : { authority: pem(authority) }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { proof: { certificate: pem(certificate), key: pem(key) } }),
  }
}

function pem(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Refusal(
      {
        zh: `无法读取 ${file},它被写为证书或其私钥`,
        en: `${file} cannot be read: it is named as a certificate or its key.`,
      },
      { cause },
    )
  }
}

/** `{"common name": ["realm/feed", …]}`; without the file no certificate is good for anything yet. */
function certifiedFeeds(folder: DataFolder): CertifiedFeeds {
  const file = join(folder.keys, FILE)
  if (!existsSync(file)) return new Map()
  const names = readJson(file)
  const certified = new Map<string, ReadonlySet<string>>()
  for (const [name, feeds] of Object.entries(names)) {
    if (!Array.isArray(feeds) || !feeds.every((feed) => typeof feed === 'string' && /^[^/]+\/[^/]+$/.test(feed))) {
      throw new Refusal({
        zh: `${file}:${name} 应为数据源列表,每项写作 数据域/数据源`,
        en: `${file}: ${name} needs a list of feeds, each as realm/feed.`,
      })
    }
    certified.set(name, new Set(feeds))
  }
  return certified
}

function readJson(file: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json }
  } catch (cause) {
    throw new Refusal({ zh: `${file} 不是有效的 JSON`, en: `${file} cannot be read as JSON.` }, { cause })
  }
  throw new Refusal({
    zh: `${file} 应为 JSON 对象:以证书通用名(CN)为键,以数据源列表为值`,
    en: `${file} has to be an object: a list of feeds by common name.`,
  })
}
