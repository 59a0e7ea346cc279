import type { Row } from '../../ingest/decode/row.ts'

/** Why a peer was not listened to: a closed set, also the label of its metric. */
export type TcpRefusal =
  | 'no-frame'
  | 'cut-short'
  | 'bad-checksum'
  | 'unknown-device'
  | 'wrong-password'
  | 'too-many'
  | 'silent'

/** What is to be done about something that a peer sent. */
export interface Turn {
  /** Made durable before anything is answered. */
  readonly arrival?: { readonly source: string; readonly rows: readonly Row[] }
  readonly answer?: Uint8Array
  readonly refused?: { readonly why: TcpRefusal; readonly device: string }
  /** After the answer the connection is closed. */
  readonly hangUp?: boolean
}

/** One connection's side of a device protocol: no socket, no clock of its own, no waiting. */
export interface Conversation {
  take(chunk: Uint8Array): readonly Turn[]
  /** Called every few seconds: what has waited long enough. */
  elapse(): readonly Turn[]
  /** The peer has gone or fallen silent: what was still held. */
  end(): readonly Turn[]
  /** The peer has shown that it is a device that may speak here. */
  isKnown(): boolean
}
