import type { IncomingMessage } from 'node:http'
import { isKey, type RegisteredRealm } from '../../ingest/registry.ts'
import { type CertifiedFeeds, commonNameOf } from '../tls/door-tls.ts'

/** Feeds of a realm that a request may speak for: those of its key, and those that its certificate is good for. */
export function feedsOf(
  request: IncomingMessage,
  realmName: string,
  realm: RegisteredRealm,
  certified: CertifiedFeeds | undefined,
): string[] {
  const allowed = certified?.get(commonNameOf(request.socket) ?? '')
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
  const allowed = certified?.get(commonNameOf(request.socket) ?? '')
  return allowed?.has(`${place.realm}/${place.feed}`) === true || isKey(bearerOf(request), place.key)
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
}
