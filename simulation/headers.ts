import type { FeedName } from './feeds/feed.ts'
import { INSURANCE_HEADER } from './feeds/insurance.ts'
import { PENALTY_HEADER } from './feeds/penalties.ts'
import { PERMIT_HEADER } from './feeds/permits.ts'
import { REGISTRY_HEADER } from './feeds/registry.ts'

const HEADERS: Partial<Record<FeedName, string>> = {
  registry: REGISTRY_HEADER,
  permits: PERMIT_HEADER,
  penalties: PENALTY_HEADER,
  'social-insurance': INSURANCE_HEADER,
}

export interface Body {
  readonly type: 'text/csv' | 'application/x-ndjson'
  readonly ending: 'csv' | 'ndjson'
  readonly text: string
}

/** Lines of a feed as one file: CSV feeds begin with their header. */
export function bodyOf(feed: FeedName, lines: readonly string[]): Body {
  const header = HEADERS[feed]
  const text = `${lines.join('\n')}\n`
  if (header === undefined) return { type: 'application/x-ndjson', ending: 'ndjson', text }
  return { type: 'text/csv', ending: 'csv', text: `${header}\n${text}` }
}
