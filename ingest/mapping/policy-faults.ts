import type { Bilingual } from '../../core/bilingual.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { referenceFaults } from './reference-faults.ts'
import { columnsOf } from './take.ts'
import { takeFaults, whenFaults } from './take-faults.ts'

/** What is wrong with the values and conditions of a feed whose outer shape is right, each fault with its place. */
export function valueFaults(policy: FeedPolicy): Bilingual[] {
  const faults: Bilingual[] = []
  const check = (value: object | undefined, path: string, instant = false): void => {
    if (value !== undefined) faults.push(...takeFaults(value, path, instant))
  }
  check(policy.authority, '/authority')
  check(policy.version, '/version')
  check(policy.district, '/district')
  check(policy.industry, '/industry')
  check(policy.subject.id, '/subject/id')
  check(policy.subject.name, '/subject/name')
  for (const [index, { id }] of (policy.subject.otherwise ?? []).entries()) check(id, `/subject/otherwise/${index}/id`)
  check(policy.subject.latitude, '/subject/latitude')
  check(policy.subject.longitude, '/subject/longitude')
  for (const [index, take] of policy.key.entries()) if (typeof take !== 'string') check(take, `/key/${index}`)
  for (const [index, part] of policy.observations.entries()) {
    const path = `/observations/${index}`
    for (const [at, when] of (part.when ?? []).entries()) faults.push(...whenFaults(when, `${path}/when/${at}`))
    check(part.cause, `${path}/cause`)
    check(part.occurred, `${path}/occurred`, true)
    check(part.decided, `${path}/decided`, true)
    check(part.published, `${path}/published`, true)
    check(part.known, `${path}/known`, true)
    check(part.value, `${path}/value`)
    for (const [fact, value] of Object.entries(part.facts ?? {})) check(value, `${path}/facts/${fact}`)
  }
  return faults
}

/** What contradicts itself in a feed whose values are right. */
export function nameFaults(policy: FeedPolicy): Bilingual[] {
  const faults: Bilingual[] = []
  const parts = policy.observations.map(({ part }) => part)
  const twice = parts.find((part, index) => parts.indexOf(part) !== index)
  if (twice !== undefined)
    faults.push({ zh: `/observations 部分 ${twice} 重复出现`, en: `/observations the part ${twice} stands twice` })
  const { id, latitude, longitude, kind } = policy.subject
  if ((latitude === undefined) !== (longitude === undefined))
    faults.push({
      zh: '/subject 的 latitude 与 longitude 须都写或都不写',
      en: '/subject needs both latitude and longitude or neither',
    })
  if (id === undefined && (kind !== 'place' || latitude === undefined))
    faults.push({ zh: '/subject 须有 id', en: '/subject needs an id' })
  const groups = policy.oneOf ?? []
  for (const [index, take] of policy.key.entries()) {
    const columns = columnsOf(take)
    // A key whose columns may all be absent would make one record of rows that have nothing in common.
    const sure =
      columns.some((column) => policy.required.includes(column)) ||
      groups.some((group) => group.every((column) => columns.includes(column)))
    if (!sure)
      faults.push({
        zh: `/key/${index} ${columns.join('、')} 须列入 required,或包含 oneOf 中一组的全部列名`,
        en: `/key/${index} ${columns.join(', ')} must stand in required, or all names of a group of oneOf`,
      })
  }
  return [...faults, ...referenceFaults(policy)]
}
