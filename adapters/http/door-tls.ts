import type { ServerOptions } from 'node:https'
import type { CertifiedFeeds } from './ingest-identity.ts'

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
