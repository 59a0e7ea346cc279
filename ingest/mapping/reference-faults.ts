import type { FeedPolicy } from '../../core/feed-policy.ts'

/** What is wrong with how a feed's rows are resolved, or with what they say for others to be resolved by. */
export function referenceFaults(policy: FeedPolicy): string[] {
  return [...subjectFaults(policy), ...bindingFaults(policy)]
}

function subjectFaults({ subject }: FeedPolicy): string[] {
  const others = subject.otherwise ?? []
  if (others.length + (subject.name === undefined ? 0 : 1) > 0 && subject.kind !== 'enterprise') {
    return ['/subject otherwise and name are for enterprises']
  }
  return others.flatMap(({ scheme, id }, i) =>
    scheme === 'person' && id.personal !== true ? [`/subject/otherwise/${i} a person's number must be personal`] : [],
  )
}

/** Without its device and its beginning a binding binds nothing. */
function bindingFaults(policy: FeedPolicy): string[] {
  return policy.observations.flatMap(({ kind, facts = {} }, i) => {
    if (kind !== 'device-binding') return []
    const lacking = ['scheme', 'device', 'from'].filter((fact) => facts[fact] === undefined)
    const undated = ['from', 'to'].filter((fact) => facts[fact] !== undefined && facts[fact].date === undefined)
    return [
      ...lacking.map((fact) => `/observations/${i} a device-binding needs the fact ${fact}`),
      ...undated.map((fact) => `/observations/${i}/facts/${fact} is an instant and needs a date pattern`),
    ]
  })
}
