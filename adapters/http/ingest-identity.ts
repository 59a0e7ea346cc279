import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { isKey, type RegisteredRealm } from '../../ingest/registry.ts'

/** What the holders of certificates may bring, by common name: `realm/feed` each. */
export type CertifiedFeeds = ReadonlyMap<string, ReadonlySet<string>>

/** Feeds of a realm that a request may speak for: those of its key, and those that its certificate is good for. */
export function feedsOf(
  request: IncomingMessage,
  realmName: string,
  realm: RegisteredRealm,
  certified: CertifiedFeeds | undefined,
): string[] {
  const allowed = certified?.get(commonNameOf(request) ?? '')
  const bearer = bearerOf(request)
  return [...realm.feeds]
    .filter(([feed, { key }]) => allowed?.has(`${realmName}/${feed}`) === true || (bearer !== '' && isKey(bearer, key)))
    .map(([feed]) => feed)
}

/** As `feedsOf`, of one feed. */
export function speaksFor(
  request: IncomingMessage,
  place: { readonly realm: string; readonly feed: string; readonly key: string },
  certified: CertifiedFeeds | undefined,
): boolean {
  const allowed = certified?.get(commonNameOf(request) ?? '')
  return allowed?.has(`${place.realm}/${place.feed}`) === true || isKey(bearerOf(request), place.key)
}

/** Of a certificate that our own authority has signed; others do not get as far as a request. */
export function commonNameOf({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const subject: unknown = socket.getPeerCertificate().subject?.CN
  return typeof subject === 'string' ? subject : undefined
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
}
