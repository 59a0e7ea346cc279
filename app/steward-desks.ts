import { join } from 'node:path'
import { systemClock } from '../adapters/system-clock.ts'
import type { RealmIntake } from '../ingest/intake-port.ts'
import type { CompiledFeed } from '../ingest/mapping/compile-feed.ts'
import type { RecordIndex } from '../ingest/record-index.ts'
import type { References } from '../ingest/references.ts'
import { createRejectFinder } from '../ingest/rejects/find-rejects.ts'
import { createSealer } from '../ingest/sealed-bytes.ts'
import type { DeskParts } from '../ingest/steward-desk.ts'
import { createAuditChain } from './audit-chain.ts'
import { type DataFolder, secret } from './embedded/data-folder.ts'
import type { PolicySet } from './policies.ts'
import type { Ports } from './ports.ts'

/** Written by whichever process takes rows in; the board's reads have a chain of their own. */
const AUDIT_FILE = 'audit-ingest.ndjson'

export interface DeskOpening {
  readonly set: PolicySet
  readonly folder: DataFolder
  readonly ports: Pick<Ports, 'history'>
  readonly index: RecordIndex
  readonly intake: RealmIntake
  readonly references: References
  readonly feeds: ReadonlyMap<string, CompiledFeed>
  readonly audit: DeskParts['audit']
}

export function auditOf(folder: DataFolder): DeskParts['audit'] {
  return createAuditChain(join(folder.path, AUDIT_FILE))
}

/** What a steward's desk works with, and the rounds that release and settle beside it. */
export function deskParts({ set, folder, ports, index, intake, references, feeds, audit }: DeskOpening): DeskParts {
  const { realm, zoneOffsetMinutes } = set.realm
  return {
    realm,
    zoneOffsetMinutes,
    feeds,
    policies: set.feeds,
    intake,
    index,
    references,
    history: ports.history,
    finder: createRejectFinder(ports.history, realm, zoneOffsetMinutes),
    sealer: createSealer(secret(folder, 'rejects')),
    personalKey: secret(folder, 'personal'),
    clock: systemClock,
    audit,
  }
}
