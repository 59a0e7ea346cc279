import { shortHash } from '../../core/hash.ts'
import type { Filed } from './story.ts'

/** One version of one part of a record, as it follows from the rows that its senders were told to be kept. */
export interface Fact {
  readonly id: string
  readonly feed: string
  readonly part: string
  readonly subject: string
  readonly version: number
  readonly known: number
  readonly decided: number
  readonly row: Filed['row']
  /** The version says that there is no such part any more. */
  readonly gone: boolean
}

/** Which parts a row has, told once more than in the feeds' policies. */
function partsOf({ feed, row }: Filed): readonly string[] {
  if (feed === 'registry') return ['registered']
  if (feed === 'penalties') return row.state === 'revoked' ? ['back'] : ['fact']
  if (feed === 'promises') return [row.state === 'kept' ? 'kept' : 'made']
  if (feed !== 'complaints') return ['fact']
  if (row.state === 'open') return ['made']
  if (row.state === 'revoked') return ['back']
  return row.state === 'mistaken' ? ['closed'] : ['made', 'closed']
}

const scheme = (feed: string) => (feed === 'places' ? 'place:square' : 'licence')

/** All versions of all parts; a row without a part that another row of its record has says that it is gone. */
export function factsOf(rows: readonly Filed[]): readonly Fact[] {
  const records = new Map<string, Filed[]>()
  for (const filed of rows) {
    const name = `${filed.feed} ${filed.row.no}`
    const versions = records.get(name) ?? []
    records.set(name, versions)
    if (!versions.some(({ row }) => row.rev === filed.row.rev)) versions.push(filed)
  }
  return [...records.values()].flatMap((versions) => {
    const parts = new Set(versions.flatMap(partsOf))
    return versions.flatMap((filed) => {
      const { feed, row } = filed
      const record = shortHash(`${feed}\u001f${row.no}`)
      const own = partsOf(filed)
      return [...parts].map((part): Fact => {
        const known = Number(row.known)
        const decided = feed === 'penalties' && part === 'fact' ? Number(row.decided) : 0
        return {
          id: `${feed}/${record}/${part}`,
          feed,
          part,
          subject: `${scheme(feed)}:${row.who}`,
          version: Number(row.rev),
          known,
          decided,
          row,
          gone: !own.includes(part),
        }
      })
    })
  })
}

/** What stands at an instant: of each id the newest version, in the order of its source, known before it. */
export function standingAt(facts: readonly Fact[], instant: number): readonly Fact[] {
  const newest = new Map<string, Fact>()
  for (const fact of facts) {
    if (fact.known >= instant) continue
    const held = newest.get(fact.id)
    if (held === undefined || held.version < fact.version) newest.set(fact.id, fact)
  }
  return [...newest.values()].filter(({ gone }) => !gone).sort(byTime)
}

/** Records that are taken back for good: whatever they said counts at no instant. */
export function withoutRevoked(facts: readonly Fact[], end: number): readonly Fact[] {
  const revoked = standingAt(facts, end).filter(({ part }) => part === 'back')
  const taken = new Set(revoked.map(({ id }) => id.slice(0, id.lastIndexOf('/'))))
  return facts.filter(({ id, part }) => part !== 'back' && !taken.has(id.slice(0, id.lastIndexOf('/'))))
}

function byTime(left: Fact, right: Fact): number {
  return left.known - right.known || (left.id < right.id ? -1 : 1)
}
