import type { Attributes, EnterpriseState, KnownAs } from './enterprise.ts'
import { isActive } from './entry.ts'

const NOBODY: Attributes = { name: '', district: '', industry: '', place: '', owners: [], facts: {} }

/** Who the enterprise is by what was known before `tick`: later registrations overwrite fact by fact. */
export function attributesAt(enterprise: EnterpriseState, tick: number): Attributes {
  const { knownAs } = enterprise
  if (knownAs !== undefined && tick >= knownAs.from && tick <= knownAs.through) return knownAs.attributes
  const found = lookUp(enterprise, tick)
  enterprise.knownAs = found
  return found.attributes
}

function lookUp({ registry }: EnterpriseState, tick: number): KnownAs {
  let facts: Readonly<Record<string, string>> | undefined
  let owners: readonly string[] = NOBODY.owners
  let through = Number.POSITIVE_INFINITY
  for (const entry of registry) {
    if (entry.known >= tick) {
      through = Math.min(through, entry.known)
      break
    }
    if (entry.facts === null || !isActive(entry, tick)) continue
    through = Math.min(through, entry.until)
    facts = facts === undefined ? entry.facts : { ...facts, ...entry.facts }
    const { owner } = entry.facts
    if (owner && !owners.includes(owner)) owners = [...owners, owner].sort()
  }
  if (facts === undefined) return { attributes: NOBODY, from: tick, through }
  const { name = '', district = '', industry = '', place = '' } = facts
  return { attributes: { name, district, industry, place, owners, facts }, from: tick, through }
}
