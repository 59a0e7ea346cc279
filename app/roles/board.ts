import { join } from 'node:path'
import { createBoardServer } from '../../adapters/http/board-server.ts'
import { createIdentify } from '../../adapters/http/caller.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import type { Decision } from '../../core/decision.ts'
import { Rejected } from '../../core/errors.ts'
import { shortHash } from '../../core/hash.ts'
import type { RiskPoint } from '../../core/risk.ts'
import type { RealmCard, RealmNames } from '../../dashboards/board-model.ts'
import { createBoards } from '../../dashboards/boards.ts'
import { readEnterprisePage, readWarningPage, searchEnterprises } from '../../dashboards/enterprise-page.ts'
import { createAuditChain } from '../audit-chain.ts'
import { authorityNames } from '../authority-names.ts'
import { openCases } from '../cases.ts'
import { pseudonym } from '../commands/objections.ts'
import { secret } from '../embedded/data-folder.ts'
import { followPolicies } from '../follow-policies.ts'
import { listening } from '../listening.ts'
import { openOperators } from '../operators.ts'
import { packageRoot } from '../package-root.ts'
import type { PolicySet } from '../policies.ts'
import { realmCard } from '../realm-roster.ts'
import { createStewardPages } from '../steward-pages.ts'
import type { RoleContext, StartRole } from './role.ts'

/** The live boards; on loopback, as long as nobody signs in. */
export const startBoard: StartRole = async (context) => {
  const { config, folder, ports, policiesFolder, lifecycle, logger, signal } = context
  const inForce = await followPolicies(context)
  const personalKey = secret(folder, 'personal')
  const setOf = (realm: string, instant?: number): PolicySet => {
    const set = inForce(realm, instant)
    if (set === undefined)
      throw new Rejected('unknown-realm', {
        zh: `数据域 ${realm} 没有规则集`,
        en: `No policy set is for the realm ${realm}`,
      })
    return set
  }
  const sources = (realm: string, instant?: number) => {
    const set = setOf(realm, instant)
    const card: RealmCard = JSON.parse(realmCard(set))
    const indicators = Object.fromEntries(
      set.realm.indicators.map(({ id, name, family, weight, basis }) => [id, { name, family, weight, basis }]),
    )
    const standing = async (enterprise: string): Promise<RiskPoint | undefined> => {
      const document = await ports.present.readOne(realm, 'risk', enterprise)
      return document === undefined ? undefined : JSON.parse(document)
    }
    return { history: ports.history, card, names: namesOf(set), indicators, standing }
  }
  const operators = openOperators({
    folder,
    clock: systemClock,
    onUnusable: (error) => logger.error({ err: error }, 'the keys of operators cannot be read: those of before hold'),
  })
  const server = createBoardServer(
    {
      boards: createBoards(ports.present, (realm) => namesOf(setOf(realm))),
      present: ports.present,
      enterprisePage: (realm, enterprise, moment) => readEnterprisePage(sources(realm, moment?.on), enterprise, moment),
      warningPage: (realm, warning) => readWarningPage(ports.history, realm, warning),
      search: (realm, text) => searchEnterprises(ports.history, realm, text),
      decide: createDecide(context),
      audit: createAuditChain(join(context.folder.path, 'audit.ndjson')),
      // Who can reach the loopback of this machine may act unsigned; accounts stand before any other address.
      identify: createIdentify(operators),
      cases: {
        operators,
        open: (realm) => openCases({ ports, policiesFolder, personalKey }, setOf(realm)),
        pseudonym: (objector) => pseudonym(objector, personalKey),
      },
      stewardPages: createStewardPages({
        history: ports.history,
        clock: systemClock,
        realm(realm) {
          const set = inForce(realm)
          return set === undefined ? undefined : { set, card: JSON.parse(realmCard(set)), names: namesOf(set) }
        },
        cases: (set) => openCases({ ports, policiesFolder, personalKey }, set),
      }),
      clock: systemClock,
      onFault: (error) => logger.error({ err: error }, 'a request failed'),
    },
    { webRoot: join(packageRoot(), 'dist', 'web'), host: config.host, port: config.boardPort },
  )
  const url = await listening(config.boardPort, () => server.start())
  lifecycle.onStop('the board', () => server.stop())
  return {
    ready: { board: url },
    ended: new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }
}

function namesOf(set: PolicySet): RealmNames {
  const { realm, feeds } = set
  return {
    authorities: authorityNames(set),
    districts: realm.districts,
    industries: realm.industries,
    causes: realm.causes,
    feeds: Object.fromEntries([...feeds.values()].map(({ feed, name }) => [feed, name])),
    indicators: Object.fromEntries(realm.indicators.map(({ id, name }) => [id, name])),
  }
}

/** A person's decision becomes an entry of the log; what follows from it is the alert role's. */
function createDecide({ ports, retry }: RoleContext) {
  return async (
    made: Pick<Extract<Decision, { type: 'warning-decided' }>, 'realm' | 'warning' | 'to' | 'by' | 'note'>,
  ): Promise<void> => {
    const at = systemClock.now()
    const decision: Decision = {
      type: 'warning-decided',
      id: shortHash(`${made.warning} ${made.to} ${at}`),
      at,
      ...made,
    }
    const bytes = Buffer.from(`${JSON.stringify(decision)}\n`)
    await retry(async () => {
      await ports.log.append([
        { topic: 'decisions', realm: made.realm, shard: 0, count: 1, bytes, progress: [], bulk: false },
      ])
    })
  }
}
