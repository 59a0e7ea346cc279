import type { Selection } from './indicator-policy.ts'
import type { Observation } from './observation.ts'

/** What a selection looks at. */
export type Selectable = Pick<Observation, 'kind' | 'feed' | 'cause' | 'trust' | 'facts'>

/** One test for all fields of a selection; an absent field matches everything. */
export function matcher(selection: Selection): (observation: Selectable) => boolean {
  const kinds = new Set<string>(selection.kinds)
  const feeds = selection.feeds && new Set(selection.feeds)
  const causes = selection.causes && new Set(selection.causes)
  const trusts = selection.trusts && new Set<string>(selection.trusts)
  const facts = Object.entries(selection.facts ?? {}).map(([name, values]) => [name, new Set(values)] as const)
  return (observation) =>
    kinds.has(observation.kind) &&
    (feeds === undefined || feeds.has(observation.feed)) &&
    (causes === undefined || causes.has(observation.cause)) &&
    (trusts === undefined || trusts.has(observation.trust)) &&
    facts.every(([name, values]) => values.has(observation.facts[name] ?? ''))
}
