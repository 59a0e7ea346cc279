import type { ServerOptions } from 'node:https'
import { TLSSocket } from 'node:tls'

/** What the holders of certificates may bring, by common name: `realm/feed` each. */
export type CertifiedFeeds = ReadonlyMap<string, ReadonlySet<string>>

/** PEM texts. */
export interface DoorTls {
  readonly certificate: string
  readonly key: string
  /** The authority whose certificates senders prove themselves with; without one they come with keys. */
  readonly clientAuthority?: string
  readonly certified?: CertifiedFeeds
}

/** With an authority, nobody gets further than the handshake without a certificate that it has signed. */
export function secureContext({ certificate, key, clientAuthority }: DoorTls): ServerOptions {
  return {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    ...(clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true, rejectUnauthorized: true }),
  }
}

/** Of a certificate that our own authority has signed; others do not get as far as a request. */
export function commonNameOf(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const subject: unknown = socket.getPeerCertificate().subject?.CN
  return typeof subject === 'string' ? subject : undefined
}
