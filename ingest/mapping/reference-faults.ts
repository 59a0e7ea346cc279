import type { Bilingual } from '../../core/bilingual.ts'
import type { FeedPolicy, Take } from '../../core/feed-policy.ts'

/** What is wrong with how a feed's rows are resolved, or with what they say for others to be resolved by. */
export function referenceFaults(policy: FeedPolicy): Bilingual[] {
  return [...subjectFaults(policy), ...bindingFaults(policy)]
}

function subjectFaults({ subject }: FeedPolicy): Bilingual[] {
  const others = subject.otherwise ?? []
  if (others.length + (subject.name === undefined ? 0 : 1) > 0 && subject.kind !== 'enterprise') {
    return [{ zh: '/subject 的 otherwise 与 name 只用于企业', en: '/subject otherwise and name are for enterprises' }]
  }
  if (subject.resolved === true && subject.kind === 'device')
    return [{ zh: '/subject/resolved 只用于地点', en: '/subject/resolved is for places' }]
  return others.flatMap(({ scheme, id }, i) =>
    scheme === 'person' && id.personal !== true
      ? [
          {
            zh: `/subject/otherwise/${i} 个人号码须标为 personal`,
            en: `/subject/otherwise/${i} a person's number must be personal`,
          },
        ]
      : [],
  )
}

const NEEDED = { 'device-binding': ['scheme', 'device', 'from'], 'place-binding': ['from'] }

/** Without what it binds, and its beginning, a binding binds nothing. */
function bindingFaults(policy: FeedPolicy): Bilingual[] {
  return policy.observations.flatMap(({ kind, facts = {} }, i) => {
    if (kind !== 'device-binding' && kind !== 'place-binding') return []
    const lacking = NEEDED[kind].filter((fact) => facts[fact] === undefined)
    const undated = ['from', 'to'].filter((fact) => facts[fact] !== undefined && facts[fact].date === undefined)
    return [
      ...lacking.map((fact) => ({
        zh: `/observations/${i} ${kind} 须有要素 ${fact}`,
        en: `/observations/${i} a ${kind} needs the fact ${fact}`,
      })),
      ...(kind === 'place-binding' ? placeFaults(policy, facts, i) : []),
      ...undated.map((fact) => ({
        zh: `/observations/${i}/facts/${fact} 是时刻,须有日期写法(date)`,
        en: `/observations/${i}/facts/${fact} is an instant and needs a date pattern`,
      })),
    ]
  })
}

/** A place has a name in some scheme; or it is the square of the enterprise's own coordinates. */
function placeFaults(
  { subject }: FeedPolicy,
  { scheme, place }: Readonly<Record<string, Take>>,
  i: number,
): Bilingual[] {
  if (scheme !== undefined && place !== undefined) return []
  if (scheme === undefined && place === undefined && subject.latitude !== undefined) return []
  return [
    {
      zh: `/observations/${i} place-binding 须有要素 scheme 与 place,或主体的坐标`,
      en: `/observations/${i} a place-binding needs the facts scheme and place, or the subject's coordinates`,
    },
  ]
}
