import type { FeedPolicy } from '../core/feed-policy.ts'
import type { Observation } from '../core/observation.ts'
import { type BindingPage, boundAt, readPage } from './bindings/binding-page.ts'
import { learnBindings } from './bindings/learn-bindings.ts'
import { type Aliases, createAliases, underCurrent, underSubject } from './identity/aliases.ts'
import { holderAt, keysOf, type NumberPage, nameKey, readNumberPage, withHolder } from './identity/number-page.ts'
import type { Arrival } from './ingest-batch.ts'
import type { CompiledFeed, KeptRow, Mapped } from './mapping/compile-feed.ts'
import { BY_NAME, BY_NUMBER } from './mapping/subject.ts'
import type { Books, RecordIndex } from './record-index.ts'

/** What rows are resolved by before they are sharded: bindings of devices, the register's numbers, merged identities. */
export interface References {
  readonly aliases: Aliases
  /** The same arrivals, each row about the enterprise that it is about; what nobody can tell is rejected. */
  resolve(arrivals: readonly Arrival[]): Promise<readonly Arrival[]>
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

/** What a feed needs to be resolved by; nothing, for most. */
export type Need = 'device' | 'number' | undefined

/** What the feeds of a realm are resolved by. Devices of a realm without bindings are watched themselves. */
export function needsOf(policies: readonly FeedPolicy[]): ReadonlyMap<string, Need> {
  const binds = policies.some(({ observations }) => observations.some(isBinding))
  return new Map(
    policies.map(({ feed, subject }): [string, Need] => {
      if (subject.otherwise !== undefined || subject.name !== undefined) return [feed, 'number']
      return [feed, binds && subject.kind === 'device' ? 'device' : undefined]
    }),
  )
}

export async function openReferences({ realm, policies, index }: ReferenceOptions): Promise<References> {
  const all = [...policies]
  const needs = needsOf(all)
  const binds = all.filter(({ observations }) => observations.some(isBinding))
  const asks = all.filter(({ feed }) => needs.get(feed) === 'number')
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
    if (need === undefined) return arrival
    const kepts = arrival.mapped.map(({ kept, rejected }) => kept ?? rejected?.emptied)
    if (need === 'device') {
      const devices = kepts.flatMap((kept) => (kept === undefined ? [] : [kept.subject]))
      const pages = await pagesOf('bindings', devices, readPage)
      return withMapped(arrival, (kept) => byBinding(kept, pages))
    }
    const names = arrival.rows.map((row, i) =>
      row.fields !== undefined && isOpen(kepts[i]?.subject ?? '')
        ? arrival.feed.describe(row, arrival.source).name
        : '',
    )
    const keys = kepts.flatMap((kept) => (kept?.subject.startsWith(BY_NUMBER) === true ? [kept.subject] : []))
    const named = names.flatMap((name) => (name === '' ? [] : [nameKey(name)]))
    const pages = await pagesOf('numbers', [...keys, ...named], readNumberPage)
    return withMapped(arrival, (kept, i) => byNumber(kept, names[i] ?? '', pages))
  }

  return {
    aliases,

    async resolve(arrivals) {
      const resolved = arrivals.every(({ feed }) => needs.get(feed.policy.feed) === undefined)
        ? arrivals
        : await Promise.all(arrivals.map((arrival) => resolveBy(needs.get(arrival.feed.policy.feed), arrival)))
      if (aliases.size === 0) return resolved
      return resolved.map((arrival) => withMapped(arrival, (kept) => ({ kept: underCurrent(kept, aliases) })))
    },

    teaches: (feed) => teachers.has(feed),

    async learn(observations, now) {
      const bindings = observations.filter(isBinding)
      const registrations = observations.filter((each) => isRegistration(each) && each.gone === 0)
      const numbers = await pagesOf('numbers', registrations.flatMap(keysOf), readNumberPage)
      return { ...(await learnBindings(realm, index, bindings, now)), ...learnNumbers(registrations, numbers) }
    },
  }
}

const isBinding = ({ kind }: { readonly kind: string }) => kind === 'device-binding'
const isRegistration = ({ kind }: { readonly kind: string }) => kind === 'registration'
const isOpen = (subject: string) => subject.startsWith(BY_NUMBER) || subject.startsWith(BY_NAME)

function withMapped(arrival: Arrival, resolve: (kept: KeptRow, row: number) => Mapped): Arrival {
  return {
    ...arrival,
    mapped: arrival.mapped.map((mapped, i) => resolved(mapped, (kept) => resolve(kept, i))),
  }
}

function byBinding(kept: KeptRow, pages: ReadonlyMap<string, BindingPage>): Mapped {
  const device = kept.subject
  const [first] = kept.observations
  const at = first === undefined ? 0 : first.occurred || first.known
  const enterprise = boundAt(pages.get(device) ?? [], at)
  if (enterprise === undefined) {
    const hint = `${device}: no binding to an enterprise at that time`
    return { rejected: { reason: 'unbound-device', hint, parked: { subject: device, known: at } } }
  }
  return { kept: underSubject(kept, enterprise, { device: device.slice(device.indexOf(':') + 1) }) }
}

function byNumber(kept: KeptRow, name: string, pages: ReadonlyMap<string, NumberPage>): Mapped {
  if (!isOpen(kept.subject)) return { kept }
  const known = Math.max(0, ...kept.observations.map((each) => each.known))
  const holder = holderAt(pages.get(kept.subject) ?? [], known)
  if (holder !== undefined) return { kept: underSubject(kept, holder, { filedNumber: kept.subject }) }
  const candidates = name === '' ? [] : (pages.get(nameKey(name)) ?? []).map(({ enterprise }) => enterprise)
  const asked = kept.subject.startsWith(BY_NUMBER) ? 'the register does not know the number' : 'a name and no number'
  const hint = `${asked}; ${candidates.length === 0 ? 'no candidates' : `candidates: ${candidates.join(', ')}`}`
  return { rejected: { reason: 'needs-review', hint } }
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
export function withoutBooks(feed: CompiledFeed, need: Need, aliases: Aliases): CompiledFeed {
  if (need === undefined && aliases.size === 0) return feed
  const none = new Map<string, never>()
  const resolve = (kept: KeptRow): Mapped => {
    if (need === 'device') return byBinding(kept, none)
    const told = need === 'number' ? byNumber(kept, '', none) : { kept }
    return told.kept === undefined ? told : { kept: underCurrent(told.kept, aliases) }
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
