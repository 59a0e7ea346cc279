import type { Bilingual } from '../../../core/bilingual.ts'
import type { EnterpriseHit, EnterprisePage, RealmCard, WarningPage } from '../../board-model.ts'
import type { CasesPage, CodesPage, RejectsPage } from '../../steward-model.ts'
import { signed } from './operator-key.ts'

type Sent = Omit<RequestInit, 'headers'> & { readonly headers: Readonly<Record<string, string>> }

/** What the server refused, in words for a person. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly said: Bilingual
  constructor(status: number, said: Bilingual) {
    super(said.en)
    this.status = status
    this.said = said
  }
}

async function call<Answer>(path: string, init?: Sent): Promise<Answer> {
  const headers = { ...init?.headers, ...signed() }
  const response = await fetch(path, { ...init, headers }).catch((error: unknown) => {
    throw new Refused(0, {
      zh: `服务器没有应答(${String(error)})`,
      en: `The server does not answer (${String(error)})`,
    })
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body as Answer
  const said = (body as { error?: Bilingual } | undefined)?.error
  throw new Refused(response.status, said ?? { zh: `错误 ${response.status}`, en: `Error ${response.status}` })
}

const realmPath = (realm: string): string => `/api/realms/${encodeURIComponent(realm)}`

export function fetchRealms(): Promise<readonly RealmCard[]> {
  return call('/api/realms')
}

export function fetchEnterprise(realm: string, enterprise: string): Promise<EnterprisePage> {
  return call(`${realmPath(realm)}/enterprises/${encodeURIComponent(enterprise)}`)
}

export function fetchWarning(realm: string, warning: string): Promise<WarningPage> {
  return call(`${realmPath(realm)}/warnings/${encodeURIComponent(warning)}`)
}

export function fetchRejectsPage(realm: string): Promise<RejectsPage> {
  return call(`${realmPath(realm)}/steward/rejects`)
}

export function fetchCasesPage(realm: string): Promise<CasesPage> {
  return call(`${realmPath(realm)}/steward/cases`)
}

export function fetchCodesPage(realm: string): Promise<CodesPage> {
  return call(`${realmPath(realm)}/steward/codes`)
}

export function searchEnterprises(realm: string, text: string): Promise<readonly EnterpriseHit[]> {
  return call(`${realmPath(realm)}/enterprises?query=${encodeURIComponent(text)}`)
}

export function decideWarning(
  realm: string,
  warning: string,
  to: 'confirmed' | 'dispatched' | 'closed',
  note: string,
): Promise<unknown> {
  return call(`${realmPath(realm)}/warnings/${encodeURIComponent(warning)}/decisions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ to, note }),
  })
}
