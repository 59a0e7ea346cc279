import type { DrawCandidate, DrawInspector, DrawnVisit } from '../core/decision.ts'

/**
 * Teams for visits, in the order given. For each visit those may go who work in its district (or in the whole city) and
 * need not avoid the enterprise. Within each authority they are ordered by how many visits they already have, then by
 * R(`inspector|` + enterprise + `|` + inspector), and the first `teamSize` are its team. Of the authorities that have a
 * team the one with the fewest visits in its team goes, then the smallest R(`authority|` + enterprise + `|` + authority).
 * Without any team the visit stays, with no inspectors.
 */
export function assignTeams(
  drawn: readonly DrawCandidate[],
  inspectors: readonly DrawInspector[],
  teamSize: number,
  expand: (text: string) => string,
): readonly DrawnVisit[] {
  const load = new Map<string, number>()
  const avoided = new Map(inspectors.map(({ inspector, avoids }) => [inspector, new Set(avoids)]))
  const byDistrict = groupBy(inspectors, ({ district }) => district)
  const loadOf = ({ inspector }: DrawInspector): number => load.get(inspector) ?? 0

  return drawn.map(({ enterprise, district }) => {
    const near = district === '' ? [] : (byDistrict.get(district) ?? [])
    const eligible = [...near, ...(byDistrict.get('') ?? [])].filter(
      ({ inspector }) => !avoided.get(inspector)?.has(enterprise),
    )
    const teams = [...groupBy(eligible, ({ authority }) => authority)]
      .filter(([, members]) => members.length >= teamSize)
      .map(([authority, members]) => {
        const team = sortBy(members, loadOf, ({ inspector }) => expand(`inspector|${enterprise}|${inspector}`))
        return { authority, team: team.slice(0, teamSize) }
      })
    const [chosen] = sortBy(
      teams,
      ({ team }) => team.reduce((sum, member) => sum + loadOf(member), 0),
      ({ authority }) => expand(`authority|${enterprise}|${authority}`),
    )
    const team = chosen?.team ?? []
    for (const member of team) load.set(member.inspector, loadOf(member) + 1)
    return { enterprise, inspectors: team.map(({ inspector }) => inspector).sort() }
  })
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

function sortBy<Item>(
  items: readonly Item[],
  weight: (item: Item) => number,
  key: (item: Item) => string,
): readonly Item[] {
  return items
    .map((item) => ({ item, weight: weight(item), key: key(item) }))
    .sort((left, right) => left.weight - right.weight || (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(({ item }) => item)
}
