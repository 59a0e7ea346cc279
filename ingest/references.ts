import { joined } from '../core/bilingual.ts'
import type { FeedPolicy } from '../core/feed-policy.ts'
import type { Observation } from '../core/observation.ts'
import { isBinding, isPlace, readPage } from './bindings/binding-page.ts'
import { learnBindings } from './bindings/learn-bindings.ts'
import { byDevice, byPlace } from './bindings/resolve-bound.ts'
import { type Aliases, createAliases, underCurrent, underSubjects } from './identity/aliases.ts'
import { holderAt, keysOf, type NumberPage, nameKey, readNumberPage, withHolder } from './identity/number-page.ts'
import type { Arrival } from './ingest-batch.ts'
import type { CompiledFeed, KeptRow, Mapped } from './mapping/compile-feed.ts'
import { BY_NAME, BY_NUMBER } from './mapping/subject.ts'
import { isPacked, type PackedRow, unpackRow } from './packed-row.ts'
import type { Books, RecordIndex } from './record-index.ts'

/** What rows are resolved by before they are sharded: bindings of devices and places, the register's numbers, merged identities. */
export interface References {
  readonly aliases: Aliases
  /** The same arrivals, each row about the enterprise that it is about; what nobody can tell is rejected. */
  resolve(arrivals: readonly Arrival[]): Promise<readonly Arrival[]>
  /** Whether rows of a feed have to be resolved, or teach: they are not packed before. */
  concerns(feed: string): boolean
  /** Whether a feed's observations say something that later rows are resolved by. */
  teaches(feed: string): boolean
  /** The pages that change by what was admitted, to be committed with it. `now` is wall time, UTC ms. */
  learn(observations: readonly Observation[], now: number): Promise<Books>
}

export interface ReferenceOptions {
  readonly realm: string
  readonly policies: Iterable<FeedPolicy>
  readonly index: Pick<RecordIndex, 'readBook' | 'wholeBook'>
}

export type Need = 'device' | 'number' | 'place'

/** What the feeds of a realm are resolved by, in this order. Devices of a realm without bindings are watched themselves. */
export function needsOf(policies: readonly FeedPolicy[]): ReadonlyMap<string, readonly Need[]> {
  const binds = policies.some(({ observations }) => observations.some(({ kind }) => kind === 'device-binding'))
  return new Map(
    policies.map(({ feed, subject }): [string, readonly Need[]] => {
      if (subject.kind === 'device') return [feed, binds ? ['device'] : []]
      const asks = subject.otherwise !== undefined || subject.name !== undefined
      return [feed, [...(asks ? ['number' as const] : []), ...(subject.resolved === true ? ['place' as const] : [])]]
    }),
  )
}

export async function openReferences({ realm, policies, index }: ReferenceOptions): Promise<References> {
  const all = [...policies]
  const needs = needsOf(all)
  const binds = all.filter(({ observations }) => observations.some(isBinding))
  const asks = all.filter(({ feed }) => needs.get(feed)?.includes('number') === true)
  const registers = asks.length === 0 ? [] : all.filter(({ observations }) => observations.some(isRegistration))
  const teachers = new Set([...binds, ...registers].map(({ feed }) => feed))
  const aliases = createAliases(await index.wholeBook(realm, 'identities'))

  async function pagesOf<Page>(
    book: 'bindings' | 'numbers',
    keys: Iterable<string>,
    read: (text: string | undefined) => Page,
  ): Promise<ReadonlyMap<string, Page>> {
    const wanted = [...new Set(keys)]
    if (wanted.length === 0) return new Map()
    const texts = await index.readBook(realm, book, wanted)
    return new Map(wanted.map((key, i) => [key, read(texts[i])]))
  }

  async function resolveBy(need: Need, arrival: Arrival): Promise<Arrival> {
    const kepts = arrival.mapped.map(({ kept, rejected }) => kept ?? rejected?.emptied)
    if (need !== 'number') {
      const bound = kepts.flatMap((kept) => (kept === undefined ? [] : [kept.subject]))
      const asked = need === 'place' ? bound.filter(isPlace) : bound
      const pages = await pagesOf('bindings', asked, readPage)
      return withMapped(arrival, (kept) => (need === 'place' ? byPlace(kept, pages) : byDevice(kept, pages)))
    }
    const names = arrival.rows.map((row, i) =>
      row?.fields !== undefined && isOpen(kepts[i]?.subject ?? '')
        ? arrival.feed.describe(row, row.source ?? arrival.source).name
        : '',
    )
    const keys = kepts.flatMap((kept) => (kept?.subject.startsWith(BY_NUMBER) === true ? [kept.subject] : []))
    const named = names.flatMap((name) => (name === '' ? [] : [nameKey(name)]))
    const pages = await pagesOf('numbers', [...keys, ...named], readNumberPage)
    return withMapped(arrival, (kept, i) => byNumber(kept, names[i] ?? '', pages))
  }

  async function resolveOne(arrival: Arrival): Promise<Arrival> {
    let resolved = arrival
    for (const need of needsOfFeed(arrival)) resolved = await resolveBy(need, resolved)
    return resolved
  }

  const needsOfFeed = ({ feed }: Arrival): readonly Need[] => needs.get(feed.policy.feed) ?? []

  return {
    aliases,

    async resolve(arrivals) {
      const resolved = arrivals.every((arrival) => needsOfFeed(arrival).length === 0)
        ? arrivals
        : await Promise.all(arrivals.map(resolveOne))
      if (aliases.size === 0) return resolved
      return resolved.map((arrival) => ({ ...arrival, mapped: arrival.mapped.map((each) => current(each, aliases)) }))
    },

    concerns: (feed) => teachers.has(feed) || (needs.get(feed) ?? []).length > 0,

    teaches: (feed) => teachers.has(feed),

    async learn(observations, now) {
      const bindings = observations.filter(isBinding)
      const registrations = observations.filter((each) => isRegistration(each) && each.gone === 0)
      const numbers = await pagesOf('numbers', registrations.flatMap(keysOf), readNumberPage)
      return { ...(await learnBindings(realm, index, bindings, now)), ...learnNumbers(registrations, numbers) }
    },
  }
}

const isRegistration = ({ kind }: { readonly kind: string }) => kind === 'registration'
const isOpen = (subject: string) => subject.startsWith(BY_NUMBER) || subject.startsWith(BY_NAME)

function withMapped(arrival: Arrival, resolve: (kept: KeptRow, row: number) => Mapped): Arrival {
  return {
    ...arrival,
    mapped: arrival.mapped.map((each, i) => (isPacked(each) ? each : resolved(each, (kept) => resolve(kept, i)))),
  }
}

function current(row: Mapped | PackedRow, aliases: Aliases): Mapped | PackedRow {
  if (!isPacked(row)) return resolved(row, (kept) => ({ kept: underCurrent(kept, aliases) }))
  return aliases.current(row.subject) === row.subject ? row : { kept: underCurrent(unpackRow(row), aliases) }
}

function byNumber(kept: KeptRow, name: string, pages: ReadonlyMap<string, NumberPage>): Mapped {
  if (!isOpen(kept.subject)) return { kept }
  const known = Math.max(0, ...kept.observations.map((each) => each.known))
  const holder = holderAt(pages.get(kept.subject) ?? [], known)
  if (holder !== undefined) return { kept: underSubjects(kept, [holder], { filedNumber: kept.subject }) }
  const candidates = name === '' ? [] : (pages.get(nameKey(name)) ?? []).map(({ enterprise }) => enterprise)
  const asked = kept.subject.startsWith(BY_NUMBER)
    ? { zh: '登记信息中没有这个号码', en: 'the register does not know the number' }
    : { zh: '只有名称,没有号码', en: 'a name and no number' }
  const found =
    candidates.length === 0
      ? { zh: '没有候选主体', en: 'no candidates' }
      : { zh: `候选主体:${candidates.join('、')}`, en: `candidates: ${candidates.join(', ')}` }
  return { rejected: { reason: 'needs-review', hint: joined([asked, found]) } }
}

function learnNumbers(registrations: readonly Observation[], before: ReadonlyMap<string, NumberPage>): Books {
  const pages = new Map(before)
  for (const registration of registrations) {
    for (const key of keysOf(registration)) {
      pages.set(key, withHolder(pages.get(key) ?? [], registration.subject, registration.known))
    }
  }
  const changed = [...pages].filter(([key, page]) => page !== before.get(key))
  if (changed.length === 0) return {}
  return { numbers: Object.fromEntries(changed.map(([key, page]) => [key, JSON.stringify(page)])) }
}

/**
 * A feed for whom reads rows twice and must read the same: without the books, which change. What only they can tell is a
 * reject, which is released or replayed with them. Merged identities are applied as they stand.
 */
export function withoutBooks(feed: CompiledFeed, needs: readonly Need[], aliases: Aliases): CompiledFeed {
  if (needs.length === 0 && aliases.size === 0) return feed
  const none = new Map<string, never>()
  const ways: Readonly<Record<Need, (kept: KeptRow) => Mapped>> = {
    device: (kept) => byDevice(kept, none),
    number: (kept) => byNumber(kept, '', none),
    place: (kept) => byPlace(kept, none),
  }
  const resolve = (kept: KeptRow): Mapped => {
    let told: Mapped = { kept }
    for (const need of needs) told = resolved(told, ways[need])
    return resolved(told, (each) => ({ kept: underCurrent(each, aliases) }))
  }
  return { ...feed, mapRow: (row, context) => resolved(feed.mapRow(row, context), resolve) }
}

function resolved(mapped: Mapped, resolve: (kept: KeptRow) => Mapped): Mapped {
  if (mapped.kept !== undefined) return resolve(mapped.kept)
  const { emptied, ...rejection } = mapped.rejected
  if (emptied === undefined) return mapped
  const { kept } = resolve(emptied)
  return { rejected: kept === undefined ? rejection : { ...rejection, emptied: kept } }
}
