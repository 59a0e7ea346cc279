import { fileURLToPath } from 'node:url'
import { createBoardServer } from '../../adapters/http/board-server.ts'
import { createIdentify } from '../../adapters/http/caller.ts'
import type { AuditEntry, WarningDecision } from '../../adapters/http/page-routes.ts'
import { Rejected } from '../../core/errors.ts'
import type { Present } from '../../core/present.ts'
import type { Warning } from '../../core/warning.ts'
import { createBoards } from '../../dashboards/boards.ts'
import { readEnterprisePage, readWarningPage, searchEnterprises } from '../../dashboards/enterprise-page.ts'
import { CITY_CARD, CITY_INDICATORS, CITY_NAMES } from './board-city.ts'
import { createFixtureHistory } from './board-history.ts'
import { fixtureStewardPages } from './board-steward.ts'
import { testOperators } from './operators.ts'

export const WEB_ROOT = fileURLToPath(new URL('../../dist/web', import.meta.url))

export interface FixtureServer {
  readonly url: string
  readonly audited: AuditEntry[]
  readonly decided: WarningDecision[]
  stop(): Promise<void>
}

export interface FixtureServerOptions {
  readonly present: Present
  readonly port: number
  readonly mostClients?: number
  readonly mostWaitingBytes?: number
}

/** The real board server over a given present; the history is made up, and a decision is applied at once. */
export async function startFixtureServer(options: FixtureServerOptions): Promise<FixtureServer> {
  const { present, ...limits } = options
  const history = createFixtureHistory(() => Date.now())
  const sources = {
    history,
    card: CITY_CARD,
    names: CITY_NAMES,
    indicators: CITY_INDICATORS,
    standing: async () => undefined,
  }
  const audited: AuditEntry[] = []
  const decided: WarningDecision[] = []
  const server = createBoardServer(
    {
      boards: createBoards(present, () => CITY_NAMES),
      present,
      enterprisePage: (_realm, enterprise) => readEnterprisePage(sources, enterprise),
      warningPage: (realm, warning) => readWarningPage(history, realm, warning),
      search: (realm, text) => searchEnterprises(history, realm, text),
      async decide(decision) {
        const text = await present.readOne(decision.realm, 'warnings', decision.warning)
        if (text === undefined) throw new Rejected('unknown-warning', { zh: '没有这条预警', en: 'no such warning' })
        decided.push(decision)
        const next: Warning = { ...(JSON.parse(text) as Warning), state: decision.to }
        await present.put(decision.realm, 'warnings', { [next.id]: JSON.stringify(next) })
      },
      async audit(entry) {
        audited.push(entry)
      },
      identify: createIdentify(testOperators({ 'key-of-li': { name: 'li', rights: ['steward'] } })),
      stewardPages: fixtureStewardPages(() => Date.now()),
      clock: { now: () => Date.now() },
      onFault: (error) => {
        throw error
      },
    },
    { webRoot: WEB_ROOT, ...limits },
  )
  return { url: await server.start(), audited, decided, stop: () => server.stop() }
}
