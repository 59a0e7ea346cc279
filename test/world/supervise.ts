import type { Dice } from './dice.ts'
import type { Life, Network } from './network.ts'
import { isUnwell, type Part } from './parts.ts'
import { type PlantedBug, withBug } from './planted-bugs.ts'
import { createLivePorts } from './ports.ts'
import type { Scheduler } from './scheduler.ts'
import type { Stores } from './stores.ts'

export interface World {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly stores: Stores
  readonly dice: Dice
  readonly isOneStore: boolean
  readonly hasFaults: boolean
  readonly bug: PlantedBug | undefined
  wasDoubled: boolean
  /** What should not have happened to a part. */
  readonly breakdowns: string[]
}

const SKEW_MS = 5 * 60_000
/** A part that ends by itself more often than this fails again and again. */
const MOST_FAILURES = 12
const RESTART_MS = [300, 6_000] as const

/** Each machine has its own idea of the time, and a part may be started on another. UTC ms. */
function skewOf({ dice, hasFaults }: World): number {
  return hasFaults && dice.chance(0.5) ? dice.between(-SKEW_MS, SKEW_MS) : 0
}

export interface Running {
  readonly part: Part
  life(): Life
  /**
   * It stands still for so long that it is given up and another is started in its place; then it wakes up, knows nothing
   * of that and goes on, until somebody ends it.
   */
  doubled(stillMs: number, awakeMs: number): void
  /** Ends it, and whoever was given up and is there all the same. */
  endAll(): void
  /** The world is over: nothing of it is kept. */
  forget(): void
}

/** Starts the part, and again each time that it has died, as a supervisor does. */
export function keepRunning(world: World, part: Part): Running {
  const { scheduler, network, stores, dice, bug, breakdowns } = world
  let life: Life
  const givenUp: Life[] = []
  const stops: AbortController[] = []
  let failures = 0

  function start(): void {
    const born = network.born(part.name, skewOf(world))
    life = born
    const stop = new AbortController()
    stops.push(stop)
    const ports = withBug(bug, born, createLivePorts(born, network, stores, dice, world))
    part.run(born, ports, stop.signal).catch((error: unknown) => {
      if (born.isDead()) return
      born.kill()
      failures += 1
      if (isUnwell(error) && failures <= MOST_FAILURES) return
      breakdowns.push(`${part.name} ended: ${error instanceof Error ? error.stack : error}`)
    })
    watch(born)
  }

  function watch(born: Life): void {
    scheduler.after(200, () => {
      // Whoever was given up has a successor already.
      if (born !== life) return
      if (!born.isDead()) watch(born)
      else scheduler.after(dice.between(...RESTART_MS), start)
    })
  }

  function doubled(stillMs: number, awakeMs: number): void {
    const given = life
    if (given.isDead()) return
    given.pause(stillMs)
    givenUp.push(given)
    world.wasDoubled = true
    start()
    scheduler.after(stillMs + awakeMs, () => given.kill())
  }

  function endAll(): void {
    for (const one of [...givenUp, life]) one.kill()
  }

  /** A signal that somebody listens to is kept by Node until it is raised. */
  function forget(): void {
    endAll()
    for (const stop of stops) stop.abort()
  }

  start()
  return { part, life: () => life, doubled, endAll, forget }
}
