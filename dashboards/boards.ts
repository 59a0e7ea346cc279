import { NO_REALM, type Present, type PresentArea } from '../core/present.ts'
import type { FeedHealth, ShardView } from '../core/risk.ts'
import type { Warning } from '../core/warning.ts'
import type {
  BoardModel,
  PlanDocument,
  RealmCard,
  RealmNames,
  ReceivedDocument,
  ReceivedNotice,
  TrendPoint,
} from './board-model.ts'
import { buildBoard, MOST_TREND, meanRisk } from './build-board.ts'

/** The areas of the present that a board is made of. */
const BOARD_AREAS = ['shards', 'feeds', 'warnings', 'plans', 'demo', 'positions', 'trend'] as const
type BoardArea = (typeof BOARD_AREAS)[number]

/** Boards out of the present, each area read and parsed again only after its bell rang. */
export interface Boards {
  realms(): Promise<readonly RealmCard[]>
  /** The board as it stands at wall time `now` (UTC ms); `undefined` for a realm that does not exist. */
  read(realm: string, now: number): Promise<BoardModel | undefined>
  /** Tells that an area changed; answers whether a board shows it. */
  changed(realm: string, area: PresentArea): boolean
}

type Documents = Readonly<Record<string, unknown>>

export function createBoards(present: Present, namesOf: (realm: string) => RealmNames): Boards {
  const kept = new Map<string, Promise<Documents>>()
  const nameOf = (realm: string, area: BoardArea): string => JSON.stringify([realm, area])

  /** Read once until the bell rings; a read in flight when it rings is forgotten, so that the next one is fresh. */
  function documents<Document>(realm: string, area: BoardArea): Promise<Readonly<Record<string, Document>>> {
    const name = nameOf(realm, area)
    const known = kept.get(name)
    if (known !== undefined) return known as Promise<Readonly<Record<string, Document>>>
    const reading = present
      .read(realm, area)
      .then((texts) =>
        Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, JSON.parse(text) as Document])),
      )
    kept.set(name, reading)
    reading.catch(() => {
      if (kept.get(name) === reading) kept.delete(name)
    })
    return reading
  }

  async function withTrend(realm: string, board: BoardModel): Promise<BoardModel> {
    const instants = Object.keys(board.trend).map(Number)
    if (board.sealedUntil === 0 || board.sealedUntil <= Math.max(0, ...instants)) return board
    const point: TrendPoint = [meanRisk(board), board.totals.openWarnings]
    const trend: Record<string, TrendPoint> = { ...board.trend, [board.sealedUntil]: point }
    await present.put(realm, 'trend', { [board.sealedUntil]: JSON.stringify(point) })
    const beyond = Object.keys(trend)
      .toSorted((left, right) => Number(left) - Number(right))
      .slice(0, -MOST_TREND)
    if (beyond.length > 0) await present.remove(realm, 'trend', beyond)
    return { ...board, trend: Object.fromEntries(Object.entries(trend).filter(([at]) => !beyond.includes(at))) }
  }

  return {
    async realms() {
      const cards = await present.read(NO_REALM, 'realms')
      return Object.values(cards)
        .map((text) => JSON.parse(text) as RealmCard)
        .toSorted(compareRealms)
    },

    async read(realm, now) {
      const card = await present.readOne(NO_REALM, 'realms', realm)
      if (card === undefined) return undefined
      const [shards, feeds, warnings, plans, received, positions, trend] = await Promise.all([
        documents<ShardView>(realm, 'shards'),
        documents<FeedHealth>(realm, 'feeds'),
        documents<Warning>(realm, 'warnings'),
        documents<PlanDocument>(realm, 'plans'),
        documents<ReceivedDocument>(realm, 'demo'),
        documents<{ readonly at: number; readonly received: number }>(realm, 'positions'),
        documents<TrendPoint>(realm, 'trend'),
      ])
      const board = buildBoard({
        card: JSON.parse(card) as RealmCard,
        names: namesOf(realm),
        shards: Object.values(shards),
        feeds: Object.values(feeds),
        warnings: Object.values(warnings),
        plan: plans.current,
        trend,
        received: Object.values(received).map(toReceived),
        delayMs: delayOf(positions.published),
        at: now,
      })
      return withTrend(realm, board)
    },

    changed(realm, area) {
      const shown = BOARD_AREAS.find((one) => one === area)
      if (shown === undefined) return false
      kept.delete(nameOf(realm, shown))
      // The board writes its own trend; that it did is no news to itself.
      return shown !== 'trend'
    },
  }
}

/** The city itself first, then what is replayed, then by name. */
function compareRealms(left: RealmCard, right: RealmCard): number {
  return (
    Number(left.clock === 'event') - Number(right.clock === 'event') ||
    Number(left.demonstration) - Number(right.demonstration) ||
    (left.realm < right.realm ? -1 : 1)
  )
}

/** From the receipt of the newest published observation to its publication, ms. */
function delayOf(published: { readonly at: number; readonly received: number } | undefined): number | undefined {
  return published === undefined ? undefined : Math.max(0, published.at - published.received)
}

function toReceived({ at, notice, verified }: ReceivedDocument): ReceivedNotice {
  const { id, receiver, warning } = notice
  const { level, kind, subject, district, cause, reason } = warning
  const name = kind === 'enterprise' ? warning.name || subject : ''
  return { at, notice: id, level, verified, receiver, name, district, cause, reason }
}
