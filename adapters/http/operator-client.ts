import { inBoth } from '../../core/bilingual.ts'
import { Refusal, Retryable } from '../../core/errors.ts'
import type { CodeReportLine } from '../../ingest/identity/code-report.ts'
import type { IdentityOutcome } from '../../ingest/identity/merge-identities.ts'
import type { ListedReject, RejectFilter, RejectGroup } from '../../ingest/rejects/find-rejects.ts'
import type { ReplayOutcome } from '../../ingest/rejects/replay-rejects.ts'
import type { ShownReject } from '../../ingest/rejects/show-reject.ts'
import type { ListedIdentity, StewardDesk } from '../../ingest/steward-desk.ts'

export interface OperatorAddress {
  /** Of the ingest server. */
  readonly url: string
  readonly key: string
}

interface ErrorBody {
  readonly error?: { readonly reason: string; readonly zh: string; readonly en: string }
}

type Query = Readonly<Record<string, string | number | undefined>>

/**
 * The desk of a realm whose rows another process takes in.
 * Errors: `Retryable` where it cannot be reached or is busy, `Refusal` where it refuses.
 */
export function createOperatorClient({ url, key }: OperatorAddress, realm: string): StewardDesk {
  async function ask<Answer>(path: string, init: { query?: Query; body?: object } = {}): Promise<Answer | undefined> {
    const address = new URL(`/operator/${encodeURIComponent(realm)}/${path}`, url)
    for (const [name, value] of Object.entries(init.query ?? {})) {
      if (value !== undefined) address.searchParams.set(name, String(value))
    }
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const reply = await fetch(address, {
      headers,
      ...(init.body !== undefined && { method: 'POST', body: JSON.stringify(init.body) }),
    }).catch((cause: unknown) => {
      throw new Retryable(
        'ingest-unreachable',
        `接入角色 ${url} 无法连接 / The ingest role cannot be reached at ${url}`,
        {
          cause,
        },
      )
    })
    const body = (await reply.json()) as Answer & ErrorBody
    if (reply.ok) return body
    const { reason = String(reply.status), zh = '', en = '' } = body.error ?? {}
    if (reason === 'unknown-reject') return undefined
    if (reply.status === 429 || reply.status === 503) throw new Retryable(reason, inBoth({ zh, en }))
    throw new Refusal({ zh, en })
  }

  async function sure<Answer>(asked: Promise<Answer | undefined>): Promise<Answer> {
    const answer = await asked
    if (answer === undefined) throw new Error('the ingest role answered with nothing')
    return answer
  }

  return {
    async list(filter, limit) {
      const answer = ask<{ rejects: readonly ListedReject[] }>('rejects', { query: { ...queryOf(filter), limit } })
      return (await sure(answer)).rejects
    },
    async groups(filter) {
      const answer = ask<{ groups: readonly RejectGroup[] }>('rejects/groups', { query: queryOf(filter) })
      return (await sure(answer)).groups
    },
    show: (id, by, reveal) => ask<ShownReject>('rejects/one', { query: { id, by, reveal: String(reveal) } }),
    replay({ mended, ...order }) {
      const body = { ...order, ...(mended && { mended: Buffer.from(mended).toString('base64') }) }
      return ask<ReplayOutcome>('rejects/replay', { body })
    },
    merge: (order) => sure(ask<IdentityOutcome>('identities', { body: { type: 'merge', ...order } })),
    split: (order) => sure(ask<IdentityOutcome>('identities', { body: { type: 'split', ...order } })),
    async identities() {
      return (await sure(ask<{ identities: readonly ListedIdentity[] }>('identities'))).identities
    },
    async reindex() {
      return (await sure(ask<{ read: number }>('reindex', { body: {} }))).read
    },
    async codes({ from, until }) {
      return (await sure(ask<{ lines: readonly CodeReportLine[] }>('codes', { query: { from, until } }))).lines
    },
  }
}

function queryOf({ after, known, ...filter }: RejectFilter): Query {
  return { ...filter, knownFrom: known?.from, knownTo: known?.to, afterReceived: after?.received, afterId: after?.id }
}
