import type { History } from '../core/history.ts'
import type { Snapshots } from '../core/snapshots.ts'
import { patiently } from '../processors/patiently.ts'
import type { Ports } from './ports.ts'
import type { Retry } from './retry.ts'

/**
 * For roles that can do nothing without their stores: what they read is waited for, as what they write is. A board would
 * rather say that the history is away.
 */
export function patientStores<Given extends Pick<Ports, 'history' | 'snapshots'>>(ports: Given, retry: Retry): Given {
  return {
    ...ports,
    history: patientHistory(ports.history, retry),
    snapshots: patientSnapshots(ports.snapshots, retry),
  }
}

function patientHistory(history: History, retry: Retry): History {
  return {
    ...history,
    query: <Row>(sql: string, params: Readonly<Record<string, unknown>>) =>
      patiently({ retry }, () => history.query<Row>(sql, params)),
  }
}

function patientSnapshots(snapshots: Snapshots, retry: Retry): Snapshots {
  return {
    ...snapshots,
    load: (...all) => patiently({ retry }, () => snapshots.load(...all)),
    loadEach: (...all) => retry(() => snapshots.loadEach(...all)),
  }
}
