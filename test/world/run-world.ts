import { day } from '../support/observations.ts'
import { differencesOf } from './check.ts'
import { createDice } from './dice.ts'
import { planFaults } from './faults.ts'
import { createNetwork } from './network.ts'
import { decideWarnings } from './officer.ts'
import { createAlertPart, createIngestPart, createProcessorPart, createRejectsPart, type Part } from './parts.ts'
import { type PlantedBug, withVersionsByArrival } from './planted-bugs.ts'
import { createLivePorts } from './ports.ts'
import { reform } from './reformer.ts'
import { createScheduler } from './scheduler.ts'
import { startSenders } from './senders.ts'
import { createStores, type Stores } from './stores.ts'
import { keepRunning, type World } from './supervise.ts'
import { SMALL_TOWN, type Town } from './town.ts'

export interface WorldOptions {
  readonly seed: number
  readonly faults: boolean
  readonly bug?: PlantedBug
  readonly town?: Town
}

export interface WorldResult {
  /** Nothing where all is as the oracle says. */
  readonly differences: readonly string[]
  /** What happened to the world, the newest last. */
  readonly trace: readonly string[]
}

/** Long after the story: the clock of the world, which no outcome hangs on. */
const WORLD_BEGINS = day(400)
const STORY_MS = 20 * 60_000
/** Nobody has anything left to do where nothing was written for so long: longer than any pause between two tries. */
const QUIET_MS = 14_000
/** What is missing by then will not come. */
const GIVEN_UP_MS = 60_000
/** Of worlds, in so many the policy changes. */
const REFORMS = 0.25
/** Of the answers to senders. */
const LOST_ANSWERS = 0.05

/** One world from its beginning to its end, all of it in virtual time. */
export async function runWorld({ seed, faults, bug, town = SMALL_TOWN }: WorldOptions): Promise<WorldResult> {
  const dice = createDice(seed)
  const scheduler = createScheduler(WORLD_BEGINS)
  const network = createNetwork(scheduler, dice.fork('network'))
  const stores = createStores(bug !== 'a second delivery cut differently')
  const isOneStore = dice.chance(0.6)
  const world: World = {
    scheduler,
    network,
    stores,
    dice: dice.fork('parts'),
    isOneStore,
    hasFaults: faults,
    bug,
    wasDoubled: false,
    breakdowns: [],
  }
  const story = town.tell(dice.fork('story'))
  const door = createIngestPart([...town.feeds.keys()])
  const carriers = dice.pick([1, 1, 2, 3])
  const parts: Part[] = [door]
  const wasDecided = dice.chance(0.5)
  const reforms = town.next !== undefined && dice.chance(REFORMS)
  for (let carrier = 0; carrier < carriers; carrier++)
    parts.push(createProcessorPart(carrier, carriers, town.policy.realm))
  parts.push(createRejectsPart(), createAlertPart(town.policy.realm))
  const running = parts.map((part) => keepRunning(world, part))
  const unanswered = dice.fork('senders')
  let isWell = !faults
  let arrived = 0
  const feeds =
    bug === 'arrival order instead of source order'
      ? new Map([...town.feeds].map(([name, feed]) => [name, withVersionsByArrival(feed, () => ++arrived)]))
      : town.feeds
  const lostAnswers = () => !isWell && unanswered.chance(LOST_ANSWERS)
  const senders = startSenders({
    story,
    feeds,
    offices: town.offices,
    door,
    scheduler,
    dice: dice.fork('rows'),
    lostAnswers,
  })
  if (wasDecided) {
    const officer = network.born('officer', 0)
    const desk = createLivePorts(officer, network, stores, dice.fork('desk'), world)
    void decideWarnings(officer, desk, dice.fork('officer'), senders.isDone)
  }
  if (town.next !== undefined && reforms) {
    const planner = network.born('planner', 0)
    void reform(
      planner,
      createLivePorts(planner, network, stores, dice.fork('plan'), world),
      dice.fork('reform'),
      town.next,
    )
  }
  // Who seals the periods says when a policy takes over: while one changes, two must not seal.
  if (faults)
    planFaults({
      scheduler,
      network,
      stores,
      dice: dice.fork('faults'),
      running,
      mayDouble: !reforms,
      isOver: () => isWell,
    })
  else network.heal()

  const isBroken = () => world.breakdowns.length > 0
  let ended = await scheduler.run(() => isBroken() || senders.isDone(), WORLD_BEGINS + STORY_MS)
  network.heal()
  isWell = true
  ended &&= await scheduler.run(quietFor(world), scheduler.now() + STORY_MS)
  if (faults && dice.chance(0.3)) {
    // All that there is to say has been said: who starts now, from what was kept, has nothing to add.
    for (const { endAll } of running) endAll()
    ended &&= await scheduler.run(quietFor(world), scheduler.now() + STORY_MS)
  }
  if (!ended) world.breakdowns.push('the world does not come to rest')
  const found = isBroken()
    ? world.breakdowns
    : await differencesOf({
        town,
        story,
        acknowledged: senders.acknowledged,
        stores,
        isOneStore,
        wasDecided,
        wasDoubled: world.wasDoubled,
      })
  for (const { forget } of running) forget()
  return { differences: found, trace: network.faults() }
}

/** True once nothing has been appended or written for a while: a longer one where not all that was appended is archived. */
function quietFor({ scheduler, stores, breakdowns }: World): () => boolean {
  let since = scheduler.now()
  let seen = 0
  return () => {
    if (breakdowns.length > 0) return true
    const now = stores.appended.length + stores.history.written()
    if (now !== seen) {
      seen = now
      since = scheduler.now()
    }
    const quiet = scheduler.now() - since
    return quiet > GIVEN_UP_MS || (quiet > QUIET_MS && isArchived(stores))
  }
}

/** Up to the newest batch of every shard. */
function isArchived({ appended, history }: Stores): boolean {
  const newest = new Map<number, string>()
  for (const { topic, shard, position } of appended) if (topic === 'observations') newest.set(shard, position)
  for (const { shard, position } of history.rows('archive')) {
    if (newest.get(Number(shard)) === position) newest.delete(Number(shard))
  }
  return newest.size === 0
}
