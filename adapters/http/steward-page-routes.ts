import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Type } from '../../core/schema.ts'
import type { CasesPage, CodesPage, RejectsPage } from '../../dashboards/steward-model.ts'
import { refuse, UNKNOWN_REALM, WHO } from './refuse.ts'

/** The pages for stewards and officers, read only; `undefined` where there is no such realm. */
export interface StewardPages {
  rejects(realm: string): Promise<RejectsPage | undefined>
  cases(realm: string): Promise<CasesPage | undefined>
  codes(realm: string): Promise<CodesPage | undefined>
}

const RealmParams = Type.Object({ realm: Type.String({ maxLength: 64 }) })
/** Who asks; `undefined` is refused. */
type Identify = (headers: IncomingHttpHeaders) => string | undefined

/** GET `/api/realms/{realm}/steward/rejects`, `…/cases`, `…/codes`: internal, and nothing of it is kept by a browser. */
export function addStewardPageRoutes(app: FastifyInstance, pages: StewardPages, identify: Identify): void {
  for (const name of ['rejects', 'cases', 'codes'] as const) {
    app.get<{ Params: { realm: string } }>(
      `/api/realms/:realm/steward/${name}`,
      { schema: { params: RealmParams } },
      async ({ params, headers }, reply) => {
        reply.header('cache-control', 'no-store')
        if (identify(headers) === undefined) return refuse(reply, 401, WHO)
        const page = await pages[name](params.realm)
        return page ?? refuse(reply, 404, UNKNOWN_REALM)
      },
    )
  }
}
