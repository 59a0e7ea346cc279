import type { Random } from '../random.ts'
import type { World } from '../world.ts'

/** The feeds of the simulated city, in the order in which they are sent. */
export const FEED_NAMES = [
  'registry',
  'permits',
  'penalties',
  'inspections',
  'complaints-12345',
  'court-listings',
  'commitments',
  'social-insurance',
  'sensors',
  'video-events',
] as const
export type FeedName = (typeof FEED_NAMES)[number]

export interface Row {
  /** When the feed's own authority knew it: rows come in this order. */
  readonly known: number
  /** One line of CSV or one JSON object, without its line end. */
  readonly line: string
}

/** One day in the making. `emit` may look ahead: a row goes to the day on which it becomes known. */
export interface DayContext {
  readonly world: World
  readonly day: number
  readonly random: Random
  /** A number that names records of this feed and day: the same on every making. */
  serial(): string
  emit(known: number, line: string): void
  /** Whether an enterprise has fallen silent (pays no insurance, files no report) by this day. */
  isSilent(enterprise: number): boolean
}

/** A CSV value: quoted where it must be. */
export const csv = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
